/** dynalite 4.0.0, with its store at hand: by itself it does not tell when the store cannot be opened. */
import { createRequire } from 'node:module';
import dynalite from 'dynalite';

const ofDynalite = createRequire(createRequire(import.meta.url).resolve('dynalite'));

interface Store {
  db: { open(): Promise<void> };
}
/** The very module that dynalite uses. */
const module = ofDynalite('./db') as { create(options: object): Store };

export function openDynalite(options: Parameters<typeof dynalite>[0]) {
  const { create } = module;
  let store: Store | undefined;
  module.create = (given) => {
    store = create(given);
    return store;
  };
  const server = dynalite(options);
  module.create = create;
  if (!store) throw new Error('dynalite has opened no store');
  return { server, opened: store.db.open() };
}
