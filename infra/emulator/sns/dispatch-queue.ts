/** Dispatches that continue after Publish has returned, retried until they arrive or are given up. */
import { retry } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import { AwsError } from '../wire/aws-error.ts';
import { LOCAL } from './delivery-policy.ts';

export interface Job {
  /** Jobs with the same one run in order, each after the one before has ended. */
  key: string;
  /** Names it in notices. */
  what: string;
  dispatch(): Promise<void>;
  /** Waits between the attempts, in ms. After the last of them it is given up. */
  waits: Iterator<number, void>;
  /**
   * Takes what was given up, and says where to; undefined where it is dropped.
   * @throws Error when it cannot be kept there now
   */
  onGivenUp(): string | undefined;
  /** Called when it has arrived, or was given up. */
  onEnd(arrived: boolean): void;
}

interface DispatchQueue {
  enqueue(job: Job): void;
  /** Tries pending dispatches once more, with a notice for each that fails. Resolves when none is left. */
  close(): Promise<void>;
}

export function openDispatchQueue(bus: EventBus, clock: Clock): DispatchQueue {
  /** The last dispatch of each key: the next one waits for it. */
  const tails = new Map<string, Promise<void>>();
  const closing = new AbortController();

  const notice = (level: 'warning' | 'error', text: string) => bus.publish({ type: 'notice', level, text });

  async function giveUp(job: Job, error: unknown): Promise<void> {
    const onFailure = (cause: Error, failures: number, last: boolean) => {
      if (last) notice('error', `SNS keeps ${job.what} for the next start: ${cause.message}`);
      else if (failures === 1) notice('warning', `SNS cannot give up ${job.what} yet: ${cause.message}`);
    };
    const stopped = closing.signal;
    const moving = retry(async () => job.onGivenUp() ?? '', { clock, backoff: LOCAL, stopped, onFailure });
    const where = await moving.catch(() => undefined);
    // Neither delivered nor kept elsewhere: the next start has it again.
    if (where === undefined) return;
    notice(
      'error',
      `SNS gave up ${job.what}: ${messageOf(error)}${where === '' ? '' : `; it is in ${where}`}`,
    );
    job.onEnd(false);
  }

  async function run(job: Job): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      const last = closing.signal.aborted;
      try {
        await job.dispatch();
        return job.onEnd(true);
      } catch (error) {
        const wait = isPermanent(error) ? undefined : job.waits.next().value;
        if (wait === undefined) return giveUp(job, error);
        if (last) return notice('error', `SNS keeps ${job.what} for the next start: ${messageOf(error)}`);
        if (failures === 1) notice('warning', `SNS tries again ${job.what}: ${messageOf(error)}`);
        await clock.sleep(wait, closing.signal);
      }
    }
  }

  return {
    enqueue(job) {
      const { key } = job;
      const previous = tails.get(key) ?? Promise.resolve();
      const tail = previous.then(() => run(job));
      tails.set(key, tail);
      tail.finally(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
    },
    async close() {
      closing.abort();
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** In some APIs a status of 400, and it passes by itself. */
const THROTTLED = /Throttl/;

/** Would another attempt fail as well? So it is with a client error of AWS, or a 5xx reply of SMTP. */
function isPermanent(error: unknown): boolean {
  if (error instanceof AwsError) return error.status < 500 && !THROTTLED.test(error.code);
  const code = (error as { responseCode?: unknown } | undefined)?.responseCode;
  return typeof code === 'number' && code >= 500 && code < 600;
}
