/** Dispatches that continue after Publish has returned: in order for each subscription, retried until they arrive. */
import { type Backoff, retry } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import { AwsError } from '../wire/aws-error.ts';

const RETRY: Backoff = { baseMs: 100, maxMs: 5_000 };

export interface DispatchQueue {
  /**
   * Queues a dispatch after the others of its subscription. `what` names it in notices; `onEnd` is called when it has
   * arrived or failed for good.
   */
  enqueue(subscriptionArn: string, what: string, dispatch: () => Promise<void>, onEnd: () => void): void;
  /** Tries pending dispatches once more, with a notice for each that fails. Resolves when none is left. */
  close(): Promise<void>;
}

export function openDispatchQueue(bus: EventBus, clock: Clock): DispatchQueue {
  /** The last dispatch of each subscription: the next one waits for it. */
  const tails = new Map<string, Promise<void>>();
  const closing = new AbortController();

  const notice = (level: 'warning' | 'error', text: string) => bus.publish({ type: 'notice', level, text });

  async function attempt(what: string, dispatch: () => Promise<void>, onEnd: () => void): Promise<void> {
    const attempt = async () => {
      try {
        await dispatch();
      } catch (error) {
        if (!isPermanent(error)) throw error;
        notice('error', `SNS gave up ${what}: ${messageOf(error)}`);
      }
      onEnd();
    };
    const onFailure = (error: unknown, failures: number, last: boolean) => {
      if (last) notice('error', `SNS keeps ${what} for the next start: ${messageOf(error)}`);
      else if (failures === 1) notice('warning', `SNS tries again ${what}: ${messageOf(error)}`);
    };
    await retry(attempt, { clock, backoff: RETRY, stopped: closing.signal, onFailure }).catch(() => {});
  }

  return {
    enqueue(subscriptionArn, what, dispatch, onEnd) {
      const previous = tails.get(subscriptionArn) ?? Promise.resolve();
      const tail = previous.then(() => attempt(what, dispatch, onEnd));
      tails.set(subscriptionArn, tail);
      tail.finally(() => {
        if (tails.get(subscriptionArn) === tail) tails.delete(subscriptionArn);
      });
    },
    async close() {
      closing.abort();
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Would another attempt fail as well? So it is with a client error of AWS, or a 5xx reply of SMTP. */
function isPermanent(error: unknown): boolean {
  if (error instanceof AwsError) return error.status < 500;
  const code = (error as { responseCode?: unknown } | undefined)?.responseCode;
  return typeof code === 'number' && code >= 500 && code < 600;
}
