/** One schedule: waits for its next time, and has its target called then. */
import type { Clock } from '../base/clock.ts';
import { Waker } from '../base/waker.ts';
import type { Definition } from './definition.ts';
import { type CallPlan, callTarget } from './occurrence.ts';
import { parseExpression, type Recurrence } from './recurrence.ts';

/** No timer waits longer: somebody may set the clock meanwhile, and timers have a maximum. */
const LONGEST_WAIT_MS = 60_000;

export interface Schedule {
  readonly definition: Definition;
  /** Ends it. What is under way is finished; what waits for a retry is dropped. */
  stop(): Promise<void>;
}

interface ScheduleOptions {
  definition: Definition;
  plan: CallPlan;
  clock: Clock;
  /** Called when it has no further time, and every call is over. */
  onCompleted(): void;
}

/** @throws RangeError for an expression that is malformed */
export function startSchedule({ definition, plan, clock, onCompleted }: ScheduleOptions): Schedule {
  const now = timeFor(definition, clock);
  const recurrence = parseExpression(definition.ScheduleExpression, {
    timeZone: definition.ScheduleExpressionTimezone,
    firstMs: now(),
    startMs: definition.StartDate,
    endMs: definition.EndDate,
  });
  const windowMs = (definition.FlexibleTimeWindow.MaximumWindowInMinutes ?? 0) * 60_000;
  const waker = new Waker(clock);
  const stopped = new AbortController();
  const calls = new Set<Promise<void>>();

  async function occur(dueMs: number): Promise<void> {
    if (windowMs > 0) await clock.sleep(Math.random() * windowMs, stopped.signal);
    if (!stopped.signal.aborted) await callTarget(plan, dueMs, stopped.signal);
  }

  async function run(): Promise<void> {
    for (let afterMs = now() - 1; ; ) {
      const nextMs = recurrence.next(afterMs);
      if (nextMs === undefined) break;
      while (now() < nextMs && !stopped.signal.aborted) {
        await waker.pause(Math.min(nextMs - now(), LONGEST_WAIT_MS));
      }
      if (stopped.signal.aborted) return;
      afterMs = latest(recurrence, nextMs, now());
      const call = occur(afterMs).finally(() => calls.delete(call));
      calls.add(call);
    }
    await Promise.all(calls);
    if (!stopped.signal.aborted) onCompleted();
  }

  const running = definition.State === 'ENABLED' ? run() : Promise.resolve();
  return {
    definition,
    async stop() {
      stopped.abort();
      waker.wake();
      await running;
      await Promise.all(calls);
    },
  };
}

/** A rate counts the time that passes; the others follow the wall clock. */
function timeFor({ ScheduleExpression }: Definition, clock: Clock): () => number {
  if (!ScheduleExpression.startsWith('rate')) return () => clock.now();
  const zeroMs = clock.now() - clock.elapsed();
  return () => zeroMs + clock.elapsed();
}

/**
 * Times that have passed meanwhile, as on a machine that slept, are made up for by the last of them. It is searched by
 * halves: a clock that began at 1970 jumps over millions.
 */
export function latest(recurrence: Recurrence, dueMs: number, nowMs: number): number {
  let lastMs = dueMs;
  /** Nothing comes between it and now. */
  let untilMs = nowMs;
  while (untilMs - lastMs >= 1) {
    const middleMs = (lastMs + untilMs) / 2;
    const nextMs = recurrence.next(middleMs);
    if (nextMs === undefined || nextMs > nowMs) untilMs = middleMs;
    else lastMs = nextMs;
  }
  return lastMs;
}
