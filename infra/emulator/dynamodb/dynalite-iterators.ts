/**
 * dynalite 4.0.0 ends the iterator of a Query or Scan with its method `return`, if it has one. In the iterators of its
 * store (abstract-level 3) that method is called `close`. Without `return` every call would leak an iterator and its
 * snapshot of the store: some megabytes a minute.
 */
import { createRequire } from 'node:module';

interface IteratorClass {
  prototype: { close(): Promise<void>; return?: () => Promise<void> };
}
type AbstractLevel = Record<
  'AbstractIterator' | 'AbstractKeyIterator' | 'AbstractValueIterator',
  IteratorClass
>;

/** The copy of the module that dynalite's store uses. */
export function storeModule(): AbstractLevel {
  const ofDynalite = createRequire(createRequire(import.meta.url).resolve('dynalite'));
  return createRequire(ofDynalite.resolve('level'))('abstract-level');
}

/** Must be called before the first store is opened; calling it again changes nothing. */
export function addIteratorReturn(): void {
  const { AbstractIterator, AbstractKeyIterator, AbstractValueIterator } = storeModule();
  for (const { prototype } of [AbstractIterator, AbstractKeyIterator, AbstractValueIterator]) {
    prototype.return ??= function (this: IteratorClass['prototype']) {
      return this.close();
    };
  }
}
