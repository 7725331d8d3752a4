/**
 * One lane of a shard: forms batches and passes them to the function, one after the other. A shard has as many lanes as
 * its parallelization factor; all records of a partition key go through the same lane.
 */
import { type Backoff, backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { Waker } from '../base/waker.ts';
import type { InvocationResult } from '../lambda/function.ts';
import {
  type Batch,
  countExpired,
  nextBatch,
  nextStep,
  type RetryPolicy,
  type Verdict,
  verdictOf,
  windowEnd,
} from './batch.ts';
import { type EventRecord, eventOf } from './event.ts';
import type { AbandonCondition } from './failure-destination.ts';

export interface LaneOptions extends RetryPolicy {
  batchSize: number;
  windowMs: number;
  maxAgeMs: number;
  reportBatchItemFailures: boolean;
  clock: Clock;
  stopped: AbortSignal;
  /** While true, batches are sent without waiting until they are full. */
  isFlushing(): boolean;
  invoke(event: Buffer): Promise<InvocationResult>;
  onInvoked(records: readonly EventRecord[], result: InvocationResult, verdict: Verdict): void;
  onTaken(records: readonly EventRecord[]): void;
  onProcessed(records: readonly EventRecord[]): Promise<void>;
  /** `invocations` and `lastResult` are those with exactly these records. */
  onAbandoned(
    records: readonly EventRecord[],
    condition: AbandonCondition,
    invocations: number,
    lastResult: InvocationResult | undefined,
  ): Promise<void>;
}

export interface Lane {
  push(records: readonly EventRecord[]): void;
  /** Must be called when `isFlushing` or `stopped` has changed. */
  wake(): void;
  readonly finished: Promise<void>;
}

/** Our own choice: AWS does not say how long it waits between retries. */
const RETRY: Backoff = { baseMs: 250, maxMs: 30_000 };
/** At the end of a session nobody wants to wait that long for a batch that fails again and again. */
const LAST_RETRIES: Backoff = { baseMs: 250, maxMs: 500 };

export function startLane(options: LaneOptions): Lane {
  const { clock, stopped } = options;
  const waiting: EventRecord[] = [];
  const waker = new Waker(clock);
  let firstMs = 0;

  async function run(): Promise<void> {
    let windowStartMs = clock.elapsed();
    while (!stopped.aborted) {
      const { count, full } = nextBatch(waiting, options.batchSize);
      if (count === 0) {
        await waker.pause();
        continue;
      }
      const leftMs = windowEnd(windowStartMs, firstMs, options.windowMs) - clock.elapsed();
      if (!full && !options.isFlushing() && leftMs > 0) {
        await waker.pause(leftMs);
        continue;
      }
      const records = waiting.splice(0, count);
      options.onTaken(records);
      await handle(records);
      windowStartMs = clock.elapsed();
    }
  }

  async function handle(records: readonly EventRecord[]): Promise<void> {
    let batches: Batch[] = [{ records, retries: 0 }];
    let lastResult: InvocationResult | undefined;
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const { retries } = batch;
      if (retries > 0) {
        const backoff = options.isFlushing() ? LAST_RETRIES : RETRY;
        await clock.sleep(backoffMs(retries, backoff), stopped);
      }
      if (stopped.aborted) return;

      const expired = countExpired(batch.records, options.maxAgeMs, clock.elapsed());
      if (expired > 0) {
        const previous = retries > 0 ? lastResult : undefined;
        await options.onAbandoned(batch.records.slice(0, expired), 'RecordAgeExceeded', retries, previous);
      }
      const fresh = batch.records.slice(expired);
      if (fresh.length === 0) continue;

      const result = await options.invoke(eventOf(fresh));
      const verdict = verdictOf(result, fresh, options.reportBatchItemFailures);
      // The stop itself ended this invocation, so it does not count: the records come again after the next start.
      if (!verdict.ok && stopped.aborted) return;
      options.onInvoked(fresh, result, verdict);

      const step = nextStep({ records: fresh, retries }, verdict, options);
      if (step.processed > 0) await options.onProcessed(fresh.slice(0, step.processed));
      if (step.abandoned.length > 0) {
        await options.onAbandoned(step.abandoned, 'RetryAttemptsExhausted', retries + 1, result);
      }
      lastResult = result;
      batches = [...step.next, ...batches];
    }
  }

  return {
    wake: () => waker.wake(),
    push(records) {
      if (waiting.length === 0) firstMs = clock.elapsed();
      waiting.push(...records);
      waker.wake();
    },
    finished: run(),
  };
}
