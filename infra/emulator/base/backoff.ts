/** Retries with exponential waits that have a maximum and jitter, and that a stop cuts short. */
import type { Clock } from './clock.ts';

export interface Backoff {
  /** Longest wait before the second attempt, in ms; each further one doubles it. */
  baseMs: number;
  /** No wait is longer than this, in ms. */
  maxMs: number;
}

/**
 * Wait after the `failures`-th failure in a row (1, 2, …), in ms. Half of it is random, so that callers that failed
 * together do not retry together.
 */
export function backoffMs(failures: number, { baseMs, maxMs }: Backoff, random = Math.random): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** (failures - 1));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}

interface RetryOptions {
  clock: Clock;
  backoff: Backoff;
  /** When aborted, one last attempt is made without waiting. */
  stopped: AbortSignal;
  /** Called after each failed attempt; `failuresInARow` starts at 1. */
  onFailure(error: Error, failuresInARow: number, last: boolean): void;
}

/** Retries until it succeeds. Rejects only with the failure of an attempt that began after the stop. */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, backoff, stopped } = options;
  for (let failures = 1; ; failures += 1) {
    const last = stopped.aborted;
    try {
      return await attempt();
    } catch (error) {
      options.onFailure(error as Error, failures, last);
      if (last) throw error;
      await clock.sleep(backoffMs(failures, backoff), stopped);
    }
  }
}
