/** Time, which tests replace. */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

export interface Clock {
  /** ms since the epoch, to date readings. It can be set, also backwards. */
  now(): number;
  /** ms since some moment, to measure durations. It is never set. */
  elapsed(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}),
};

/** A smaller change, in ms, is a correction of the clock, not a setting. */
const STEP_MS = 1000;

/** Returns by how much the wall clock was set since the last call, in ms. A sleep of the machine counts as well. */
export function watchSteps(clock: Clock): () => number {
  let offsetMs = clock.now() - clock.elapsed();
  return () => {
    const stepMs = clock.now() - clock.elapsed() - offsetMs;
    if (Math.abs(stepMs) < STEP_MS) return 0;
    offsetMs += stepMs;
    return stepMs;
  };
}

/** Real ms after which a fast run lets the process do other things, such as notice Ctrl-C. */
const TURN_MS = 10;

/** Time that passes only by sleeping, and then at once: the clock of data that is made faster than it happens. */
export function fastClock(startMs: number): Clock {
  let nowMs = startMs;
  let turnEndsMs = performance.now() + TURN_MS;
  return {
    now: () => nowMs,
    elapsed: () => nowMs,
    async sleep(ms) {
      nowMs += ms;
      if (performance.now() < turnEndsMs) return;
      await nextTurn();
      turnEndsMs = performance.now() + TURN_MS;
    },
  };
}
