/** The stream: an ordinary SDK client, and what its errors mean. */
import {
  KinesisClient,
  type KinesisClientConfig,
  PutRecordsCommand,
  type PutRecordsResultEntry,
} from '@aws-sdk/client-kinesis';
import { type AwsContext, awsProblem, awsProblemKind, networkCode } from '../../infra/cli/aws-problem.ts';
import { clientOptions } from '../../infra/cli/client-options.ts';
import type { StackOutputs } from '../../infra/cli/outputs.ts';
import type { Put, PutEntry, PutResult } from './put-records.ts';

/** The network's words for: nobody is there. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * A client for the stack's stream. On AWS, credentials come from where the SDK looks for them; the local runtime
 * takes any. Retries are {@link PutRecordsSink}'s alone, or a failed entry would be hidden behind the SDK's own.
 */
export function kinesisClient(outputs: StackOutputs, extra: KinesisClientConfig = {}): KinesisClient {
  return new KinesisClient({
    ...clientOptions(outputs),
    maxAttempts: 1,
    // A connection that hangs must not hold up its sites without end. What was stored in spite of it is sent twice.
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, disableConcurrentStreams: true },
    ...extra,
  });
}

export function putRecords(client: KinesisClient, streamName: string, endpoint?: string): Put {
  return async (entries: PutEntry[]): Promise<PutResult[]> => {
    try {
      const response = await client.send(
        new PutRecordsCommand({
          StreamName: streamName,
          Records: entries.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data })),
        }),
      );
      return (response.Records ?? []).map(entryResult);
    } catch (error) {
      const result = callFailure(error, streamName, endpoint);
      return entries.map(() => result);
    }
  };
}

function entryResult(entry: PutRecordsResultEntry): PutResult {
  if (entry.ErrorCode === undefined) {
    return { outcome: 'acked', sequenceNumber: entry.SequenceNumber ?? '', shardId: entry.ShardId ?? '' };
  }
  const reason = `${entry.ErrorCode}: ${entry.ErrorMessage ?? ''}`;
  const throttled = awsProblemKind({ name: entry.ErrorCode }) === 'throttled';
  return { outcome: throttled ? 'throttled' : 'error', reason };
}

/** What the failure of a whole call means for its entries. */
export function callFailure(error: unknown, streamName: string, endpoint?: string): PutResult {
  const { name = 'Error', message = String(error) } = error as Partial<Error>;
  const kind = awsProblemKind(error);
  if (kind === 'throttled') return { outcome: 'throttled', reason: `${name}: ${message}` };
  if (kind !== undefined) {
    const sentence = awsProblem(error, awsContext(streamName, endpoint));
    return { outcome: 'fatal', reason: `${sentence} (stream ${streamName}: ${name})` };
  }
  const code = networkCode(error);
  if (code !== undefined && UNREACHABLE.has(code)) {
    const fix = endpoint ? 'Is the local runtime still running? Start it with: npm start' : 'Are you online?';
    return { outcome: 'unreachable', reason: `Cannot reach ${endpoint ?? 'Kinesis'} (${code}). ${fix}` };
  }
  if (name === 'ResourceNotFoundException') {
    return {
      outcome: 'fatal',
      reason: `There is no stream ${streamName}. Deploy again, or start npm start anew.`,
    };
  }
  if (name === 'ValidationException' || name === 'InvalidArgumentException' || name.startsWith('KMS')) {
    return { outcome: 'fatal', reason: `Stream ${streamName} refuses the records: ${name}: ${message}` };
  }
  return { outcome: 'error', reason: `${name}: ${message}` };
}

const awsContext = (streamName: string, endpoint: string | undefined): AwsContext => ({
  service: 'Kinesis',
  endpoint,
  denied: `These credentials may not write to ${streamName} (set AWS_PROFILE, or aws sso login)`,
});
