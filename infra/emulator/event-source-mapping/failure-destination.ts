/** The failure destination: batches that were given up, as objects in S3 with everything to replay them. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { InvocationResult } from '../lambda/function.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { type EventRecord, eventOf } from './event.ts';

export type AbandonCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface AbandonedBatch {
  shardId: string;
  records: readonly EventRecord[];
  condition: AbandonCondition;
  /** How often the function was invoked with exactly these records. */
  invocations: number;
  /** The last of those. */
  lastResult: InvocationResult | undefined;
}

export interface FailureSource {
  mappingId: string;
  functionArn: string;
  streamArn: string;
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
    // Left out when the function was never asked; without functionError when it answered, with item failures.
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
    payload: eventOf(records),
  };
  return {
    key: `aws/lambda/${source.mappingId}/${batch.shardId}/${day}/${second}-${randomUUID()}`,
    body: JSON.stringify(body),
  };
}

/** Puts an object into the folder that is the bucket. It is there whole and on disk when this resolves. */
export function putObject(s3Root: string, bucket: string, key: string, body: string): Promise<void> {
  return writeFileAtomic(join(s3Root, bucket, ...key.split('/')), body, { durable: true });
}
