/**
 * Deliveries after Publish has returned: in order for each subscription, tried again until they arrive, drained when
 * the runtime stops.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { EventBus } from '../base/events.ts';
import { AwsError } from '../wire/aws-error.ts';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

export interface Deliveries {
  /**
   * Queues one delivery behind the others of its subscription. `what` names it in notices; `onEnd` hears when it has
   * arrived, or was refused for good.
   */
  enqueue(subscriptionArn: string, what: string, deliver: () => Promise<void>, onEnd: () => void): void;
  /** Resolves when nothing is pending. From now on a delivery that fails again is tried no more, with a notice. */
  close(): Promise<void>;
}

export function createDeliveries(bus: EventBus): Deliveries {
  /** The last delivery of each subscription: the next one waits for it. */
  const tails = new Map<string, Promise<void>>();
  const closing = new AbortController();

  async function attempt(what: string, deliver: () => Promise<void>, onEnd: () => void): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)) {
      // Read before the attempt, so that every delivery is tried at least once after closing has begun.
      const last = closing.signal.aborted;
      try {
        await deliver();
        onEnd();
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (isPermanent(error)) {
          bus.publish({ type: 'notice', level: 'error', text: `SNS gave up ${what}: ${reason}` });
          onEnd();
          return;
        }
        if (last) {
          const text = `SNS keeps ${what} for the next start: ${reason}`;
          bus.publish({ type: 'notice', level: 'error', text });
          return;
        }
        if (retryMs === FIRST_RETRY_MS) {
          bus.publish({ type: 'notice', level: 'warning', text: `SNS tries again ${what}: ${reason}` });
        }
        await delay(retryMs, undefined, { signal: closing.signal }).catch(() => {});
      }
    }
  }

  return {
    enqueue(subscriptionArn, what, deliver, onEnd) {
      const previous = tails.get(subscriptionArn) ?? Promise.resolve();
      const tail = previous.then(() => attempt(what, deliver, onEnd));
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

/** The receiver refuses it and will do so again: a client error of AWS, or a 5xx reply of SMTP. */
function isPermanent(error: unknown): boolean {
  if (error instanceof AwsError) return error.status < 500;
  const code = (error as { responseCode?: unknown } | undefined)?.responseCode;
  return typeof code === 'number' && code >= 500 && code < 600;
}
