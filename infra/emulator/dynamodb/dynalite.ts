/**
 * dynalite 4.0.0 without its HTTP server: what it checks of a call and what it does, on its store. Its own server would
 * take the call apart a second time, and does not tell when the store cannot be opened.
 */
import { createRequire } from 'node:module';
import {
  changeIndexes,
  changesMore,
  type IndexedStore,
  type IndexWriting,
  withUnits,
} from './change-indexes.ts';
import { type ReadableDb, readQuickly } from './quick-reads.ts';
import { type LevelDb, witnessWrites } from './write-witness.ts';

/** What a call comes to: the output, or an error with its `__type`. */
export interface Outcome {
  status: number;
  body: object;
}

export interface Dynalite {
  /** @param operation one that dynalite has; @param input is changed */
  call(operation: string, input: object): Promise<Outcome>;
  /** Of a table; undefined where there is no such table. */
  partitionKey(table: string): Promise<string | undefined>;
  /** Gives the number of writes that were acknowledged and are lost. */
  opened: Promise<number>;
  close(): Promise<void>;
}

interface Store extends IndexedStore {
  db: LevelDb & ReadableDb & { close(): Promise<void> };
}
/** An error that is an answer has a status. */
type Problem = Error & Partial<{ statusCode: number; body: object }>;
type Action = (store: Store, input: object, done: (problem: Problem | null, output: object) => void) => void;
/** The members of an operation, and what else is checked of them. */
interface Validation {
  types: object;
  custom?: (input: object, store: Store) => string | undefined;
}
interface Validations {
  checkTypes(input: object, types: object): object;
  checkValidations(input: object, types: object, custom: Validation['custom'], store: Store): void;
}

/** Of dynalite's own folder. */
const load = createRequire(createRequire(import.meta.url).resolve('dynalite'));
/** Tables are there, or gone, at once. */
const AT_ONCE = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };

/** @param path of its LevelDB folder */
export function openDynalite(path: string): Dynalite {
  const { create } = load('./db') as { create(options: object): Store };
  const store = create({ path, ...AT_ONCE });
  readQuickly(store.db);
  const countLost = witnessWrites(store.db, `${path}-writes.ndjson`);
  return {
    async call(operation, input) {
      try {
        return { status: 200, body: await act(store, operation, input) };
      } catch (error) {
        const { statusCode, body } = error as Problem;
        if (statusCode === undefined || body === undefined) throw error;
        return { status: statusCode, body };
      }
    },
    partitionKey: (name) =>
      new Promise((resolve) => {
        store.getTable(name, (_, table) =>
          resolve(table?.KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName),
        );
      }),
    opened: store.db.open().then(countLost),
    close: () => store.db.close(),
  };
}

async function readAll(store: Store, TableName: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let page: { Items?: Record<string, unknown>[]; LastEvaluatedKey?: object } = {};
  do {
    const after = page.LastEvaluatedKey && { ExclusiveStartKey: page.LastEvaluatedKey };
    page = await act(store, 'Scan', { TableName, ConsistentRead: true, ...after });
    items.push(...(page.Items ?? []));
  } while (page.LastEvaluatedKey);
  return items;
}

async function act(store: Store, operation: string, given: object): Promise<object> {
  const name = `${operation[0]?.toLowerCase()}${operation.slice(1)}`;
  const { types, custom } = load(`./validations/${name}`) as Validation;
  const { checkTypes, checkValidations } = load('./validations') as Validations;
  const input = checkTypes(operation === 'UpdateTable' ? withUnits(given) : given, types);
  checkValidations(input, types, custom, store);
  if (operation === 'UpdateTable') {
    const { TableName } = given as { TableName: string };
    const writing = load('./db') as IndexWriting;
    const table = await changeIndexes(store, writing, given, () => readAll(store, TableName));
    // Dynalite writes a table that it changes again a moment later: it must not have seen the one before.
    if (table !== undefined && !changesMore(given)) return { TableDescription: table };
  }
  const action = load(`./actions/${name}`) as Action;
  return new Promise((resolve, reject) =>
    action(store, input, (problem, output) => (problem ? reject(problem) : resolve(output))),
  );
}
