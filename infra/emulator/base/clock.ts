/** Time as a dependency of every part that needs it, so that tests let hours pass without waiting. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /**
   * The wall clock, in ms since the epoch. People and NTP set it, also backwards, so it is only for times that are
   * stored, shown, or compared with stored times.
   */
  now(): number;
  /** The monotonic clock, in ms since some moment: for durations, time-outs, windows and rates. */
  elapsed(): number;
  after(ms: number, callback: () => void): Timer;
  /** Waits for `ms`; returns early when the signal is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Timer {
  cancel(): void;
  /** Lets the process end without waiting for it. */
  unref(): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, callback) {
    const timeout = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timeout), unref: () => void timeout.unref() };
  },
  async sleep(ms, signal) {
    await delay(ms, undefined, { signal }).catch(() => undefined);
  },
};
