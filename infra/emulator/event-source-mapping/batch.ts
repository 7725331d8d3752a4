/**
 * How a batch is formed, evaluated and retried. Pure; from Lambda's documentation on polling, retries and partial batch
 * responses (https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html and the pages below it).
 */
import type { InvocationResult } from '../lambda/function.ts';
import { ENVELOPE_BYTES, type EventRecord } from './event.ts';

export interface Batch {
  records: readonly EventRecord[];
  /** Failed attempts so far with exactly these records. */
  retries: number;
}

export type Verdict =
  | { ok: true }
  /** The records before index `from` are processed. */
  | { ok: false; from: number; reason: string };

export interface RetryPolicy {
  bisect: boolean;
  maxRetries: number;
}

export interface Step {
  /** Number of records at the front of the batch that are processed. */
  processed: number;
  /** Batches to try next, in this order. */
  next: Batch[];
  abandoned: readonly EventRecord[];
}

/** Largest event of a synchronous invocation, in bytes. */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** How many waiting records form the next batch, and whether the batch is full. */
export function nextBatch(
  waiting: readonly EventRecord[],
  batchSize: number,
): { count: number; full: boolean } {
  let bytes = ENVELOPE_BYTES;
  for (const [count, record] of waiting.entries()) {
    if (count >= batchSize) return { count, full: true };
    bytes += record.bytes + (count > 0 ? 1 : 0);
    if (bytes > MAX_EVENT_BYTES && count > 0) return { count, full: true };
  }
  return { count: waiting.length, full: waiting.length >= batchSize };
}

/**
 * When a batch that is not full is sent; all times in ms on the monotonic clock. For Kinesis a window begins when the
 * last invocation completed (`windowStartMs`); a window that passes without a record is followed by another.
 */
export function windowEnd(windowStartMs: number, firstRecordMs: number, windowMs: number): number {
  if (windowMs === 0) return firstRecordMs;
  const passed = Math.max(0, Math.floor((firstRecordMs - windowStartMs) / windowMs));
  return windowStartMs + (passed + 1) * windowMs;
}

/** How many records at the front are older than `maxAgeMs`, at `nowMs` on the monotonic clock. */
export function countExpired(records: readonly EventRecord[], maxAgeMs: number, nowMs: number): number {
  const fresh = records.findIndex((record) => nowMs - record.sinceMs <= maxAgeMs);
  return fresh === -1 ? records.length : fresh;
}

export function verdictOf(
  result: InvocationResult,
  records: readonly EventRecord[],
  reportBatchItemFailures: boolean,
): Verdict {
  if (result.status !== 'ok') {
    return { ok: false, from: 0, reason: `${result.errorType}: ${result.errorMessage}` };
  }
  if (!reportBatchItemFailures) return { ok: true };
  const whole = (reason: string): Verdict => ({ ok: false, from: 0, reason });

  const response: unknown = JSON.parse(result.payload);
  if (response === null) return { ok: true };
  if (typeof response !== 'object' || Array.isArray(response)) {
    return whole('The response is not an object with batchItemFailures');
  }
  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return whole('batchItemFailures is not a list');
  if (failures.length === 0) return { ok: true };

  const indexes = new Map(records.map((record, index) => [record.sequenceNumber, index]));
  let from = records.length;
  for (const failure of failures) {
    const identifier: unknown = failure?.itemIdentifier;
    const index = typeof identifier === 'string' ? indexes.get(identifier) : undefined;
    if (index === undefined) {
      return whole(`itemIdentifier is not a sequence number of the batch: ${JSON.stringify(identifier)}`);
    }
    from = Math.min(from, index);
  }
  return {
    ok: false,
    from,
    reason: `The function reported a failure from ${records[from]?.sequenceNumber} on`,
  };
}

/**
 * What to do after a verdict. Splitting does not count as a retry. A response that names the first record is a failure
 * of the whole batch: cutting there would leave the batch unchanged, without end.
 */
export function nextStep({ records, retries }: Batch, verdict: Verdict, policy: RetryPolicy): Step {
  if (verdict.ok) return { processed: records.length, next: [], abandoned: [] };
  const processed = verdict.from;
  const rest = records.slice(processed);
  if (policy.bisect && processed > 0)
    return { processed, next: [{ records: rest, retries: 0 }], abandoned: [] };
  if (policy.bisect && rest.length > 1) {
    const middle = Math.ceil(rest.length / 2);
    const halves = [rest.slice(0, middle), rest.slice(middle)];
    return { processed, next: halves.map((half) => ({ records: half, retries: 0 })), abandoned: [] };
  }
  if (retries < policy.maxRetries) {
    return { processed, next: [{ records: rest, retries: retries + 1 }], abandoned: [] };
  }
  return { processed, next: [], abandoned: rest };
}
