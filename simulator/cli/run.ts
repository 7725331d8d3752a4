/**
 * Sends from a source on schedule (open loop) while the other side keeps up. When it does not, no more is made than it
 * accepts; the lag behind the schedule grows, is shown, and is made up for as soon as possible.
 */
import { type Clock, watchSteps } from '../clock.ts';
import type { Sink } from '../sink/sink.ts';
import type { Source } from '../source.ts';
import { Gate } from './gate.ts';

/** Polls that are due within this time are sent together, so that a call carries several sites. */
const BATCH_MS = 25;
/** Making readings without a break would starve the network, so there is one this often. */
const TURN_MS = 10;

export interface RunState {
  startMs: number;
  /** When the next readings are due, in ms from the start. If that is past, the run is behind its schedule. */
  nextDueMs: number;
  /** The longest lag behind the schedule, in ms. */
  maxLagMs: number;
}

export interface Running {
  source: Source;
  sink: Sink;
  clock: Clock;
  stop: AbortSignal;
  state: RunState;
  gate?: Gate;
}

/**
 * Runs until the source has no more, the sink has failed for good, or `stop` aborts; then sends what is left.
 * `state` is kept up to date, to be shown.
 */
export async function run({ source, sink, clock, stop, state, gate = new Gate() }: Running): Promise<void> {
  const stepped = watchSteps(clock);
  let turnEndsMs = clock.elapsed() + TURN_MS;
  for (;;) {
    // The schedule continues where it was, and readings are dated by the clock as it is now.
    state.startMs += stepped();
    if (gate.closed && !stop.aborted) {
      sink.flush();
      state.startMs += await gate.pass(clock, stop);
    }
    const dueMs = source.nextDueMs;
    if (dueMs === undefined || stop.aborted || sink.fatal) break;
    const nowMs = clock.now();
    state.nextDueMs = dueMs;
    state.maxLagMs = Math.max(state.maxLagMs, nowMs - state.startMs - dueMs);
    if (state.startMs + dueMs > nowMs) {
      sink.flush();
      await clock.sleep(Math.max(BATCH_MS, state.startMs + dueMs - nowMs), stop);
      turnEndsMs = clock.elapsed() + TURN_MS;
      continue;
    }
    for (const record of source.poll(state.startMs, nowMs)) sink.push(record);
    if (sink.full) {
      sink.flush();
      await whenWritable(sink, stop);
    } else if (clock.elapsed() >= turnEndsMs) {
      sink.flush();
      await new Promise((resolve) => setImmediate(resolve));
      turnEndsMs = clock.elapsed() + TURN_MS;
    }
  }
  state.nextDueMs = Number.POSITIVE_INFINITY;
  for (const record of source.finish(clock.now())) sink.push(record);
  await sink.close(stop);
}

/** Resolves when the sink is no longer full, or `stop` aborts. */
function whenWritable(sink: Sink, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stop.removeEventListener('abort', done);
      resolve();
    };
    stop.addEventListener('abort', done);
    void sink.whenWritable().then(done);
  });
}
