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

/** Less than this, in ms, is the clock being kept right and not being set. */
const STEP_MS = 1000;

/** Gives by how much the wall clock was set since it was last asked, in ms; a machine that slept counts as well. */
export function watchSteps(clock: Clock): () => number {
  let offsetMs = clock.now() - clock.elapsed();
  return () => {
    const stepMs = clock.now() - clock.elapsed() - offsetMs;
    if (Math.abs(stepMs) < STEP_MS) return 0;
    offsetMs += stepMs;
    return stepMs;
  };
}
