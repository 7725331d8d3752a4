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
  /** An earlier batch of its shard failed, and the order matters. */
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
  const heldShards = new Set<string>();
  const results: Outcome['result'][] = [];
  for (const batch of batches) {
    const outcome = stop.aborted
      ? ({ result: 'interrupted' } as const)
      : heldShards.has(batch.shardId)
        ? ({ result: 'held' } as const)
        : await redrive(batch, store, detect, () => heldShards.add(batch.shardId));
    results.push(outcome.result);
    onOutcome(batch, outcome);
  }
  return results;
}

async function redrive(
  { key }: FailedBatch,
  store: FailureStore,
  detect: Detect,
  holdShard: () => void,
): Promise<Outcome> {
  const text = await store.read(key);
  if (text === undefined) return { result: 'gone' };
  const verdict: Verdict = await detect(parseBatch(key, text).event);
  if (verdict.ok) {
    // The detector keeps what it sets aside under the same name as before.
    const now = await store.read(key);
    if (now !== undefined && now !== text) {
      return { result: 'failed', reason: `it was ${whyGivenUp(parseBatch(key, now).batch)}` };
    }
    await store.setAside(key);
    return { result: 'redriven' };
  }
  // Later readings of the same devices would make these late, and late ones are not evaluated.
  if (verdict.cause === 'calls') holdShard();
  return { result: 'failed', reason: verdict.reason };
}
