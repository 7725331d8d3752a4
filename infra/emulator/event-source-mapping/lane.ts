/**
 * One lane of a shard: gathers batches and takes them one after the other through the function. A shard has as many
 * lanes as its parallelization factor; all records of a partition key go through the same one.
 */
import { type Backoff, backoffMs } from '../base/backoff.ts';
import type { InvocationResult } from '../lambda/function.ts';
import {
  type Batch,
  countExpired,
  judge,
  nextBatch,
  nextStep,
  type RetryPolicy,
  type Verdict,
  windowEnd,
} from './batch.ts';
import { type EventRecord, eventOf } from './event.ts';
import type { AbandonCondition } from './failure-destination.ts';

/** Time, so that tests need not wait for it. `sleep` returns early when the signal is aborted. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface LaneOptions extends RetryPolicy {
  batchSize: number;
  windowMs: number;
  maxAgeMs: number;
  reportBatchItemFailures: boolean;
  clock: Clock;
  /** Nothing more is invoked or retried after it. */
  stopped: AbortSignal;
  /** True while batches shall not wait until they are full. */
  isFlushing(): boolean;
  invoke(event: string): Promise<InvocationResult>;
  onInvoked(records: readonly EventRecord[], result: InvocationResult, verdict: Verdict): void;
  /** So many records, of so many bytes, have left the queue. */
  onTaken(records: readonly EventRecord[]): void;
  onProcessed(records: readonly EventRecord[]): Promise<void>;
  /** `invocations` and `lastResult` are those of exactly these records. */
  onAbandoned(
    records: readonly EventRecord[],
    condition: AbandonCondition,
    invocations: number,
    lastResult: InvocationResult | undefined,
  ): Promise<void>;
}

export interface Lane {
  push(records: readonly EventRecord[]): void;
  /** Look again: something that `isFlushing` or `stopped` says has changed. */
  wake(): void;
  /** Resolves after a stop. */
  readonly finished: Promise<void>;
}

/** AWS does not say how it waits between retries. */
const RETRY: Backoff = { baseMs: 250, maxMs: 30_000 };

export function startLane(options: LaneOptions): Lane {
  const { clock, stopped } = options;
  const waiting: EventRecord[] = [];
  let firstMs = 0;
  let waker = new AbortController();

  const wake = () => waker.abort();

  /** Waits for a wake-up, at most `ms` if given. */
  async function pause(ms?: number): Promise<void> {
    const { signal } = waker;
    if (ms !== undefined) await clock.sleep(ms, signal);
    else if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }
    if (signal.aborted) waker = new AbortController();
  }

  async function run(): Promise<void> {
    let windowStartMs = clock.now();
    while (!stopped.aborted) {
      const { count, full } = nextBatch(waiting, options.batchSize);
      if (count === 0) {
        await pause();
        continue;
      }
      const leftMs = windowEnd(windowStartMs, firstMs, options.windowMs) - clock.now();
      if (!full && !options.isFlushing() && leftMs > 0) {
        await pause(leftMs);
        continue;
      }
      const records = waiting.splice(0, count);
      options.onTaken(records);
      await takeThrough(records);
      windowStartMs = clock.now();
    }
  }

  async function takeThrough(records: readonly EventRecord[]): Promise<void> {
    let batches: Batch[] = [{ records, retries: 0 }];
    let lastResult: InvocationResult | undefined;
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const { retries } = batch;
      if (retries > 0) await clock.sleep(backoffMs(retries, RETRY), stopped);
      if (stopped.aborted) return;

      const expired = countExpired(batch.records, options.maxAgeMs, clock.now());
      if (expired > 0) {
        const previous = retries > 0 ? lastResult : undefined;
        await options.onAbandoned(batch.records.slice(0, expired), 'RecordAgeExceeded', retries, previous);
      }
      const fresh = batch.records.slice(expired);
      if (fresh.length === 0) continue;

      const result = await options.invoke(eventOf(fresh));
      const verdict = judge(result, fresh, options.reportBatchItemFailures);
      // Ended from our side, and no fault of the records: they come again after the next start.
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
    wake,
    push(records) {
      if (waiting.length === 0) firstMs = clock.now();
      waiting.push(...records);
      wake();
    },
    finished: run(),
  };
}
