/** Tracks which records of a shard are dealt with, although its lanes finish them out of order. */
import type { EventRecord } from './event.ts';

export interface Progress {
  add(records: readonly EventRecord[]): void;
  /** Marks these as dealt with. Resolves when the checkpoint, if they moved it, is saved. */
  finish(records: readonly EventRecord[]): Promise<void>;
  /** Resolves when the saved checkpoint covers everything added so far. */
  settled(): Promise<void>;
}

/** @param save gets the last record up to which everything is dealt with; must not reject */
export function trackProgress(save: (sequenceNumber: string) => Promise<void>): Progress {
  /** In the order of the shard; true when finished. */
  const outstanding = new Map<string, boolean>();
  const waiting = new Set<{ until: number; resolve: () => void }>();
  let added = 0;
  let passed = 0;
  let saved = 0;

  return {
    add(records) {
      for (const { sequenceNumber } of records) outstanding.set(sequenceNumber, false);
      added += records.length;
    },
    async finish(records) {
      for (const { sequenceNumber } of records) outstanding.set(sequenceNumber, true);
      let last: string | undefined;
      for (const [sequenceNumber, finished] of outstanding) {
        if (!finished) break;
        outstanding.delete(sequenceNumber);
        last = sequenceNumber;
        passed += 1;
      }
      if (last === undefined) return;
      const upTo = passed;
      await save(last);
      saved = Math.max(saved, upTo);
      for (const waiter of waiting) {
        if (saved < waiter.until) continue;
        waiting.delete(waiter);
        waiter.resolve();
      }
    },
    settled() {
      if (saved >= added) return Promise.resolve();
      return new Promise((resolve) => waiting.add({ until: added, resolve }));
    },
  };
}
