/** The failure destination: batches that were given up, as objects in S3 with everything needed to replay them. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { retry } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { InvocationResult } from '../lambda/function.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { type EventRecord, eventOf } from './event.ts';

export type AbandonCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface AbandonedBatch {
  shardId: string;
  records: readonly EventRecord[];
  condition: AbandonCondition;
  /** How often the function was invoked with exactly these records, and the result of the last time. */
  invocations: number;
  lastResult: InvocationResult | undefined;
}

export interface FailureSource {
  mappingId: string;
  functionArn: string;
  streamArn: string;
}

export interface FailureDestination extends FailureSource {
  /** Folder whose subfolders are the buckets. */
  s3Root: string;
  /** Without one, records that are given up are dropped, as on AWS. */
  bucket: string | undefined;
  clock: Clock;
  /** Ends the retries of a write that fails. */
  stopped: AbortSignal;
  /** Called before each write; what it throws is a failure of that write. */
  beforeWrite?(): void;
  /** Called when the object is there. */
  onKept?: ((bucket: string, key: string, bytes: number) => void) | undefined;
  /** Called for each write that fails. */
  onFailure(): void;
  /** @throws AwsError where the role of the function does not allow it: then the records are lost, as on AWS */
  mayKeep?(bucket: string, key: string): void;
  warn(text: string): void;
}

const RETRY = { baseMs: 250, maxMs: 10_000 };

/**
 * Writes a batch to the bucket, however many attempts that takes.
 * @returns the key of its object, empty where there is no bucket or IAM denies it; undefined after a stop
 */
export async function keepFailure(
  batch: AbandonedBatch,
  destination: FailureDestination,
): Promise<string | undefined> {
  const { bucket, clock, stopped, warn } = destination;
  if (bucket === undefined) return '';
  const { key, body } = failureObject(batch, destination, new Date(clock.now()));
  try {
    destination.mayKeep?.(bucket, key);
  } catch (error) {
    warn(`LOST: ${batch.records.length} records, which could not be kept: ${(error as Error).message}`);
    return '';
  }
  const write = async () => {
    destination.beforeWrite?.();
    await writeFileAtomic(join(destination.s3Root, bucket, key), body, { durable: true });
    destination.onKept?.(bucket, key, Buffer.byteLength(body));
    return key;
  };
  const onFailure = ({ message }: Error, failures: number) => {
    destination.onFailure();
    if (failures === 1) warn(`A failed batch could not be kept: ${message}. Trying on.`);
  };
  return retry(write, { clock, backoff: RETRY, stopped, onFailure }).catch(() => undefined);
}

/** Key and content of the object, both as AWS documents them: `payload` is the whole event as a string. */
export function failureObject(
  batch: AbandonedBatch,
  source: FailureSource,
  now: Date,
): { key: string; body: string } {
  const { records, lastResult } = batch;
  const [first, last] = [records[0], records.at(-1)];
  const stamp = now.toISOString();
  const day = stamp.slice(0, 10).replaceAll('-', '/');
  const second = stamp.slice(0, 19).replaceAll(':', '.');
  const body = {
    requestContext: {
      requestId: lastResult?.requestId ?? randomUUID(),
      functionArn: source.functionArn,
      condition: batch.condition,
      approximateInvokeCount: batch.invocations,
    },
    // Left out when the function was never invoked; without functionError when it reported item failures.
    responseContext: lastResult && {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: lastResult.status === 'ok' ? undefined : 'Unhandled',
    },
    version: '1.0',
    timestamp: stamp,
    KinesisBatchInfo: {
      shardId: batch.shardId,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: last?.sequenceNumber,
      approximateArrivalOfFirstRecord: new Date(first?.arrivalMs ?? 0).toISOString(),
      approximateArrivalOfLastRecord: new Date(last?.arrivalMs ?? 0).toISOString(),
      batchSize: records.length,
      streamArn: source.streamArn,
    },
    payload: eventOf(records).toString(),
  };
  return {
    key: `aws/lambda/${source.mappingId}/${batch.shardId}/${day}/${second}-${randomUUID()}`,
    body: JSON.stringify(body),
  };
}
