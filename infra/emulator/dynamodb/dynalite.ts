/** dynalite 4.0.0, with its store at hand: by itself it does not tell when the store cannot be opened. */
import { createRequire } from 'node:module';
import dynalite from 'dynalite';
import { type ReadableDb, readQuickly } from './quick-reads.ts';
import { type LevelDb, witnessWrites } from './write-witness.ts';

const ofDynalite = createRequire(createRequire(import.meta.url).resolve('dynalite'));

interface Store {
  db: LevelDb & ReadableDb;
}
/** The very module that dynalite uses. */
const module = ofDynalite('./db') as { create(options: object): Store };

/** `opened` gives the number of writes that were acknowledged and are lost. */
export function openDynalite(options: NonNullable<Parameters<typeof dynalite>[0]> & { path: string }) {
  const { create } = module;
  let store: Store | undefined;
  module.create = (given) => {
    store = create(given);
    return store;
  };
  const server = dynalite(options);
  module.create = create;
  if (!store) throw new Error('dynalite has opened no store');
  const { db } = store;
  readQuickly(db);
  const countLost = witnessWrites(db, `${options.path}-writes.ndjson`);
  return { server, opened: db.open().then(countLost) };
}
