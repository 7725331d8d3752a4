/** Turns to publish for the messages of one invocation, as long as it has patience. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { logFailures } from './telemetry.ts';
import { MAX_PATIENCE_MS, type Turns } from './turns.ts';

interface Haste {
  /** Do more records wait in the shard? */
  isBehind: boolean;
  /** Until calls are given up, ms. */
  remainingMs: () => number;
  signal: AbortSignal | undefined;
}

/** Of the time that remains, what may be spent on waiting; the rest is for publishing and marking. */
const PATIENCE_SHARE = 0.5;

/** All turns of an invocation share its patience. */
export function turnTaker(
  { turns, logger }: { turns: Turns; logger: () => Logger },
  { isBehind, remainingMs, signal }: Haste,
): () => Promise<boolean> {
  // While records wait, invocations follow each other, and each takes the turns that are free.
  let patienceMs = isBehind ? 0 : Math.min(MAX_PATIENCE_MS, remainingMs() * PATIENCE_SHARE);
  return async () => {
    try {
      const waitedMs = await turns.take(patienceMs, signal);
      patienceMs -= waitedMs ?? 0;
      return waitedMs !== undefined;
    } catch (error) {
      logFailures(logger, 'No turn to publish', new Map([['turns', error]]));
      return false;
    }
  };
}
