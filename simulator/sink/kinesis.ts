/** The stream: an ordinary SDK client, and what its errors mean. */
import {
  KinesisClient,
  type KinesisClientConfig,
  PutRecordsCommand,
  type PutRecordsResultEntry,
} from '@aws-sdk/client-kinesis';
import type { StackOutputs } from '../../infra/cli/outputs.ts';
import type { Put, PutEntry, PutResult } from './put-records.ts';

const THROTTLED = /ProvisionedThroughputExceeded|Throttl|LimitExceeded|TooManyRequests/i;
/** The network's words for: nobody is there. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);
const REQUEST_TIMEOUT_MS = 10_000;
const CREDENTIALS =
  /Credential|Token|UnrecognizedClient|InvalidSignature|IncompleteSignature|AccessDenied|OptInRequired|InvalidClient/i;

/**
 * A client for the stack's stream. On AWS, credentials come from where the SDK looks for them; the local runtime
 * takes any. Retries are {@link PutRecordsSink}'s alone, or a failed entry would be hidden behind the SDK's own.
 */
export function kinesisClient(outputs: StackOutputs, extra: KinesisClientConfig = {}): KinesisClient {
  return new KinesisClient({
    region: outputs.Region,
    maxAttempts: 1,
    // A connection that hangs must not hold up its sites for ever. What was stored in spite of it is sent twice.
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, disableConcurrentStreams: true },
    ...(outputs.Endpoint && {
      endpoint: outputs.Endpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
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
  return { outcome: THROTTLED.test(entry.ErrorCode) ? 'throttled' : 'error', reason };
}

/** What the failure of a whole call means for its entries. */
export function callFailure(error: unknown, streamName: string, endpoint?: string): PutResult {
  const { name = 'Error', message = String(error) } = error as Partial<Error>;
  const code = networkCode(error);
  if (THROTTLED.test(name)) return { outcome: 'throttled', reason: `${name}: ${message}` };
  if (code !== undefined) {
    const fix = endpoint ? 'Is the local runtime still running? Start it with: npm start' : 'Are you online?';
    return { outcome: 'unreachable', reason: `Cannot reach ${endpoint ?? 'Kinesis'} (${code}). ${fix}` };
  }
  if (CREDENTIALS.test(name)) {
    const fix = 'Renew your AWS credentials (such as: aws sso login), or choose others with AWS_PROFILE.';
    return { outcome: 'fatal', reason: `Not allowed to write to stream ${streamName} (${name}). ${fix}` };
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

/** Why nobody could be reached. Node and its HTTP/2 hide that in the error, in its cause or in one of its errors. */
function networkCode(error: unknown): string | undefined {
  const { code, cause, errors = [] } = error as { code?: string; cause?: unknown; errors?: unknown[] };
  if (code !== undefined && UNREACHABLE.has(code)) return code;
  for (const inner of [cause, ...errors]) {
    const found = inner instanceof Error ? networkCode(inner) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
