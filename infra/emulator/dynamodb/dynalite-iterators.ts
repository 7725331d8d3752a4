/**
 * dynalite 4.0.0 ends the iterator of a Query or Scan with its method `return`, if it has one. Those of its store
 * (abstract-level 3) call it `close`. Without the other name every call would leave an iterator behind, with a snapshot
 * of the store, for as long as the process lives: some megabytes a minute.
 */
import { createRequire } from 'node:module';

interface IteratorClass {
  prototype: { close(): Promise<void>; return?: () => Promise<void> };
}
type AbstractLevel = Record<
  'AbstractIterator' | 'AbstractKeyIterator' | 'AbstractValueIterator',
  IteratorClass
>;

/** The very module that dynalite's store is made of. */
export function storeModule(): AbstractLevel {
  const ofDynalite = createRequire(createRequire(import.meta.url).resolve('dynalite'));
  return createRequire(ofDynalite.resolve('level'))('abstract-level');
}

/** To be called once, before the first store is opened; doing it again changes nothing. */
export function letIteratorsEnd(): void {
  const { AbstractIterator, AbstractKeyIterator, AbstractValueIterator } = storeModule();
  for (const { prototype } of [AbstractIterator, AbstractKeyIterator, AbstractValueIterator]) {
    prototype.return ??= function (this: IteratorClass['prototype']) {
      return this.close();
    };
  }
}
