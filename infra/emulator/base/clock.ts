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

/** Of a timer of Node.js: with a longer time, it would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, callback) {
    let isUnref = false;
    const wait = (left: number): NodeJS.Timeout => {
      const rest = left - LONGEST_MS;
      const next = () => {
        timeout = wait(rest);
        if (isUnref) timeout.unref();
      };
      return setTimeout(rest > 0 ? next : callback, Math.min(left, LONGEST_MS));
    };
    let timeout = wait(ms);
    return {
      cancel: () => clearTimeout(timeout),
      unref() {
        isUnref = true;
        timeout.unref();
      },
    };
  },
  async sleep(ms, signal) {
    for (let left = ms; left > 0 || left === ms; left -= LONGEST_MS) {
      await delay(Math.min(left, LONGEST_MS), undefined, { signal }).catch(() => undefined);
      if (signal?.aborted) return;
    }
  },
};
