/** Time, which tests replace. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** ms since the epoch: what readings are dated with. It goes back where somebody sets it back. */
  now(): number;
  /** ms from a moment of its own; never goes back: what durations are measured with. */
  elapsed(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
};
