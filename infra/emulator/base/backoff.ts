/** Waiting between attempts: exponential, capped, with jitter, and cut short by a stop. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Backoff {
  /** Longest wait before the second attempt, in ms; each further one doubles it. */
  baseMs: number;
  /** No wait is longer than this, in ms. */
  maxMs: number;
}

/**
 * Wait after the `failures`-th failure in a row (1, 2, …), in ms. Half of it is fixed and half random, so that
 * consumers that failed together do not come back together.
 */
export function backoffMs(failures: number, { baseMs, maxMs }: Backoff, random = Math.random): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** (failures - 1));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}

/** Waits, or returns at once when the signal is (or gets) aborted. Never rejects. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
