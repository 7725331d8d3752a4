/** The end of a session: when it is due, and what comes one after another then. */
import { type Interruptible, onHangUp } from '../../cli/interrupt.ts';
import { systemClock, type Timer } from '../../emulator/base/clock.ts';
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

interface Asked {
  /** Resolves at the first signal, or when the time is up. */
  asked: Promise<void>;
  /** The time begins now. */
  endAfter(ms: number): void;
}

/** @param onSecond is called at each signal after the first one */
export function untilAsked(
  onSecond: () => void,
  target: Pick<Interruptible, 'on' | 'once' | 'removeAllListeners'> = process,
  clock = systemClock,
): Asked {
  let timer: Timer | undefined;
  let signalled = false;
  let end = () => {};
  const asked = new Promise<void>((resolve) => {
    end = () => {
      timer?.cancel();
      resolve();
    };
  });
  const onSignal = () => {
    if (signalled) onSecond();
    signalled = true;
    end();
  };
  target.on('SIGINT', onSignal);
  target.on('SIGTERM', onSignal);
  // A terminal that is closed says so more than once, and the npm in it ends, too: none of that asks for an end at once.
  onHangUp(() => end(), target);
  return {
    asked,
    endAfter(ms) {
      timer = clock.after(ms, end);
    },
  };
}
