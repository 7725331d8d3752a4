/**
 * UpdateTable as far as dynalite leaves it undone: it checks changes of indexes, and makes none. An index is filled from
 * the items of its table, one after the other, while writes go on: each already knows of it.
 */
import { setImmediate } from 'node:timers/promises';

type Item = Record<string, unknown>;
type Done<T = unknown> = (problem: Error | null, result?: T) => void;
interface Wanted {
  IndexName: string;
  ProvisionedThroughput?: object;
}
interface Index extends Wanted {
  IndexStatus?: string;
}
export interface IndexedTable {
  TableName: string;
  KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
  TableArn?: string;
  BillingModeSummary?: { BillingMode?: string };
  AttributeDefinitions?: { AttributeName: string }[];
  GlobalSecondaryIndexes?: Index[];
}
interface Records<T> {
  get(key: string, done: Done<T>): void;
  put(key: string, value: T, done: Done): void;
  lock(key: string, work: (release: (done: Done) => Done) => void): void;
}
/** The part of dynalite's store that matters here. */
export interface IndexedStore {
  tableDb: Records<IndexedTable>;
  /** Fails as an answer of DynamoDB where there is none. */
  getTable(name: string, done: Done<IndexedTable>): void;
  getItemDb(table: string): Records<Item>;
  deleteIndexDb(kind: 'Global', table: string, index: string, done: Done): void;
}
/** The part of its `db` module. */
export interface IndexWriting {
  createKey(item: Item, table: IndexedTable): string;
  updateIndexes(
    store: IndexedStore,
    table: IndexedTable,
    before: undefined,
    item: Item | undefined,
    done: Done,
  ): void;
}
interface UpdateTable {
  TableName?: string;
  AttributeDefinitions?: { AttributeName: string }[];
  BillingMode?: string;
  ProvisionedThroughput?: object;
  GlobalSecondaryIndexUpdates?: { Create?: Wanted; Delete?: Wanted; Update?: Wanted }[];
}

/** Items that are taken before others get their turn. */
const AT_ONCE = 100;
const NO_UNITS = { ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
const ONE_UNIT = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };

/** What dynalite's checks expect of an index, although a table that is billed on demand has none. */
export function withUnits(input: object): object {
  const { GlobalSecondaryIndexUpdates: updates, ...rest } = input as UpdateTable;
  if (!Array.isArray(updates)) return input;
  const filled = updates.map((update) =>
    update?.Create && typeof update.Create === 'object'
      ? { ...update, Create: { ProvisionedThroughput: ONE_UNIT, ...update.Create } }
      : update,
  );
  return { ...rest, GlobalSecondaryIndexUpdates: filled };
}

/** Whether dynalite has something to do as well. */
export function changesMore(input: object): boolean {
  const { BillingMode, ProvisionedThroughput, GlobalSecondaryIndexUpdates = [] } = input as UpdateTable;
  const others = GlobalSecondaryIndexUpdates.some(({ Update }) => Update);
  return Boolean(BillingMode || ProvisionedThroughput || others);
}

/** @param scan gives every item of the table. Resolves to the table, once its indexes are as they are wanted */
export async function changeIndexes(
  store: IndexedStore,
  writing: IndexWriting,
  input: object,
  scan: () => Promise<Item[]>,
): Promise<IndexedTable | undefined> {
  const {
    TableName = '',
    AttributeDefinitions = [],
    GlobalSecondaryIndexUpdates = [],
  } = input as UpdateTable;
  const gone = GlobalSecondaryIndexUpdates.flatMap(({ Delete }) => (Delete ? [Delete.IndexName] : []));
  const added = GlobalSecondaryIndexUpdates.flatMap(({ Create }) => (Create ? [Create] : []));
  if (gone.length === 0 && added.length === 0) return undefined;
  const names = new Set([...gone, ...added.map(({ IndexName }) => IndexName)]);
  const known = new Set(AttributeDefinitions.map(({ AttributeName }) => AttributeName));
  const change = (IndexStatus: string) =>
    changeTable(store, TableName, (table) => {
      const { GlobalSecondaryIndexes: before = [], AttributeDefinitions: defined = [], ...rest } = table;
      const others = before.filter(({ IndexName }) => !names.has(IndexName));
      const indexes = [...others, ...added.map(described(table, IndexStatus))];
      const kept = defined.filter(({ AttributeName }) => !known.has(AttributeName));
      return {
        ...{ ...rest, AttributeDefinitions: [...kept, ...AttributeDefinitions] },
        // Dynalite's tables have no empty list of them.
        ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
      };
    });

  const table = await change('CREATING');
  for (const name of gone) await asked((done) => store.deleteIndexDb('Global', TableName, name, done));
  if (added.length === 0) return table;
  const items = await scan();
  for (const [i, item] of items.entries()) {
    if (i % AT_ONCE === 0) await setImmediate();
    await fill(store, writing, table, item);
  }
  return change('ACTIVE');
}

const described = (table: IndexedTable, IndexStatus: string) => (index: Wanted) => ({
  ...index,
  IndexStatus,
  IndexArn: `${table.TableArn}/index/${index.IndexName}`,
  IndexSizeBytes: 0,
  ItemCount: 0,
  ProvisionedThroughput: {
    ...(table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST'
      ? NO_UNITS
      : (index.ProvisionedThroughput ?? NO_UNITS)),
    NumberOfDecreasesToday: 0,
  },
});

/** Read again behind its lock: it may have been changed, or deleted, since. */
function fill(store: IndexedStore, writing: IndexWriting, table: IndexedTable, { ...item }: Item) {
  const items = store.getItemDb(table.TableName);
  const key = writing.createKey(item, table);
  return asked((settled) =>
    items.lock(key, (release) => {
      const done = release(settled);
      items.get(key, (problem, current) =>
        problem ? done(null) : writing.updateIndexes(store, table, undefined, current, done),
      );
    }),
  );
}

function changeTable(
  store: IndexedStore,
  name: string,
  change: (table: IndexedTable) => IndexedTable,
): Promise<IndexedTable> {
  return asked<IndexedTable>((settled) =>
    store.tableDb.lock(name, (release) => {
      const done = release(settled as Done);
      store.getTable(name, (problem, table) => {
        if (problem || table === undefined) return done(problem);
        const changed = change(table);
        store.tableDb.put(name, changed, (failed) => done(failed, changed));
      });
    }),
  );
}

const asked = <T>(work: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) =>
    work((problem, result) => (problem ? reject(problem) : resolve(result as T))),
  );
