/** A redrive: finds the failed batches, and passes them to the detector one after the other. */
import { UserError } from '../../cli/user-error.ts';
import { type FailedBatch, inStreamOrder, parseBatch, whyGivenUp } from './batch.ts';
import type { Detect, Verdict } from './detector.ts';
import type { FailureStore } from './store.ts';

/** The content of the failure bucket. */
export interface Found {
  /** To be redriven, in the order of the stream. */
  batches: FailedBatch[];
  /** Batches with records from before the given time, which are left alone. */
  older: FailedBatch[];
  /** Objects that are not batches. */
  unreadable: { key: string; reason: string }[];
}

export type Outcome =
  | { result: 'redriven' }
  /** Somebody else has moved it in the meantime. */
  | { result: 'gone' }
  | { result: 'failed'; reason: string }
  /** An earlier batch of its shard, or with readings of the same site, failed, and the order matters. */
  | { result: 'held' }
  /** Stopped before its turn. */
  | { result: 'interrupted' };

const READS_AT_ONCE = 8;

/** @param sinceMs oldest arrival of a first record, ms since the epoch */
export async function findBatches(store: FailureStore, sinceMs: number): Promise<Found> {
  const found: Found = { batches: [], older: [], unreadable: [] };
  const keys = (await store.keys()).values();
  const worker = async () => {
    for (const key of keys) {
      const text = await store.read(key);
      if (text === undefined) continue;
      try {
        // The event is read again later, because thousands of them would not fit into memory.
        const { batch } = parseBatch(key, text);
        (batch.arrivedMs >= sinceMs ? found.batches : found.older).push(batch);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        found.unreadable.push({ key, reason: error.message });
      }
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, worker));
  found.batches.sort(inStreamOrder);
  found.older.sort(inStreamOrder);
  return found;
}

/**
 * One batch after the other; `onOutcome` is called after each. After `stop`, the batch under way is still finished.
 * Rejects where AWS refuses or cannot be reached; batches redriven by then stay redriven.
 */
export async function redriveAll(
  batches: readonly FailedBatch[],
  { store, detect, stop }: { store: FailureStore; detect: Detect; stop: AbortSignal },
  onOutcome: (batch: FailedBatch, outcome: Outcome) => void,
): Promise<Outcome['result'][]> {
  const held = new Held();
  const results: Outcome['result'][] = [];
  for (const batch of batches) {
    const outcome = stop.aborted
      ? ({ result: 'interrupted' } as const)
      : await redrive(batch, store, detect, held);
    results.push(outcome.result);
    onOutcome(batch, outcome);
  }
  return results;
}

/**
 * What waits for a batch that failed: later readings of the same devices would make its readings late, and late ones are
 * not evaluated. They are in its shard, or in one into which that was split or merged.
 */
class Held {
  readonly #shards = new Set<string>();
  readonly #senders = new Set<string>();

  add({ shardId }: FailedBatch, senders: ReadonlySet<string>): void {
    this.#shards.add(shardId);
    for (const sender of senders) this.#senders.add(sender);
  }

  has({ shardId }: FailedBatch, senders: ReadonlySet<string>): boolean {
    return this.#shards.has(shardId) || [...senders].some((sender) => this.#senders.has(sender));
  }
}

async function redrive(
  { key }: FailedBatch,
  store: FailureStore,
  detect: Detect,
  held: Held,
): Promise<Outcome> {
  const text = await store.read(key);
  if (text === undefined) return { result: 'gone' };
  const { batch, event, senders } = parseBatch(key, text);
  if (held.has(batch, senders)) {
    held.add(batch, senders);
    return { result: 'held' };
  }
  const verdict: Verdict = await detect(event);
  if (verdict.ok) {
    // The detector keeps what it sets aside under the same name as before.
    const now = await store.read(key);
    if (now !== undefined && now !== text) {
      return { result: 'failed', reason: `it was ${whyGivenUp(parseBatch(key, now).batch)}` };
    }
    await store.setAside(key);
    return { result: 'redriven' };
  }
  if (verdict.cause === 'calls') held.add(batch, senders);
  return { result: 'failed', reason: verdict.reason };
}
