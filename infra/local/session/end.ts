/** The end of a session: when it is due, and what comes one after another then. */
import { systemClock } from '../../emulator/base/clock.ts';
import type { RunningEdge } from '../edge/edge.ts';
import type { Runtime, RuntimeCounts } from '../runtime.ts';
import type { Feed } from './feed.ts';
import type { FleetProcess } from './fleet.ts';
import { type Paint, summary } from './screen.ts';

interface Parts {
  runtime: Runtime;
  fleet: FleetProcess | undefined;
  edge: RunningEdge | undefined;
  feed: Feed;
}

export async function endSession(
  { runtime, fleet, edge, feed }: Parts,
  say: (...lines: string[]) => unknown,
  paint: Paint,
): Promise<RuntimeCounts> {
  say('', 'Stopping: draining the stream, delivering the rest. Ctrl-C again ends at once.');
  const sent = await fleet?.stop();
  const atGateways = await edge?.stop();
  const counts = await runtime.close();
  feed.flush();
  say('', ...summary(counts, sent, paint, atGateways));
  return counts;
}

/** Resolves at the first SIGINT or SIGTERM, or when the time is up. Each further signal calls `onSecond`. */
export function untilAsked(durationMs: number | undefined, onSecond: () => void): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const ask = () => {
      timer?.cancel();
      asked = true;
      resolve();
    };
    const timer = durationMs === undefined ? undefined : systemClock.after(durationMs, ask);
    const onSignal = () => (asked ? onSecond() : ask());
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}
