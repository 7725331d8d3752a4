/**
 * Playwright keeps its context in an AsyncLocalStorage. Before Node.js 24, that is a hook on every promise, which makes all
 * of them four times as dear, and it stays on in a worker that has once used the browser. Here it is switched off after
 * each test file; the next one that uses the browser switches it on again.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll } from 'vitest';

const USED = Symbol.for('streamwatch.used-storages');
const worker = globalThis as typeof globalThis & { [USED]?: Set<AsyncLocalStorage<unknown>> };
const used = worker[USED] ?? watchedStorages();
worker[USED] = used;

afterAll(() => {
  for (const storage of used) storage.disable();
  used.clear();
});

/** Those that are in use, from now on. */
function watchedStorages(): Set<AsyncLocalStorage<unknown>> {
  const storages = new Set<AsyncLocalStorage<unknown>>();
  const { prototype } = AsyncLocalStorage;
  const { run, enterWith } = prototype;
  prototype.run = function (this: AsyncLocalStorage<unknown>, ...call: Parameters<typeof run>) {
    storages.add(this);
    return run.apply(this, call);
  };
  prototype.enterWith = function (this: AsyncLocalStorage<unknown>, store: unknown) {
    storages.add(this);
    enterWith.call(this, store);
  };
  return storages;
}
