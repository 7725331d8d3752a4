/** Time, which tests replace. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** ms since the epoch: what dates readings. It can be set, also backwards. */
  now(): number;
  /** ms since some moment, never set: what durations are measured by. */
  elapsed(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
};
