/** The stream: an ordinary SDK client, and the meaning of its errors. */
import { KinesisClient, type KinesisClientConfig, type PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import { type AwsContext, awsProblem, awsProblemKind, networkCode } from '../../infra/cli/aws-problem.ts';
import { clientOptions } from '../../infra/cli/client-options.ts';
import type { StackOutputs } from '../../infra/cli/outputs.ts';
import { type Connection, reuseConnections } from './connections.ts';
import type { Put, PutEntry, PutResult } from './put-records.ts';
import { putRecordsCommand } from './put-records-call.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * A client for the stack's stream. On AWS, credentials come from where the SDK looks for them; the local runtime
 * takes any. Only {@link PutRecordsSink} retries: the SDK's own retries would hide a failed entry from it.
 */
export function kinesisClient(outputs: StackOutputs, extra: KinesisClientConfig = {}): KinesisClient {
  return new KinesisClient({
    ...clientOptions(outputs),
    maxAttempts: 1,
    // A connection that hangs must not block its sites forever. Records that were stored nevertheless are sent twice.
    requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, disableConcurrentStreams: true },
    ...extra,
  });
}

/** The stack's stream, over connections that are used again. */
export function openStream(outputs: StackOutputs): Connection {
  const { StreamName, Endpoint } = outputs;
  const stream = { wasThere: false };
  // One that was idle for so long is closed: the other side may have done so.
  const requestHandler = { requestTimeout: REQUEST_TIMEOUT_MS, sessionTimeout: REQUEST_TIMEOUT_MS };
  return reuseConnections(() => {
    const client = kinesisClient(outputs, { requestHandler });
    return { put: putRecords(client, StreamName, Endpoint, stream), close: () => client.destroy() };
  });
}

/** @param stream whether it has accepted a call before */
export function putRecords(
  client: KinesisClient,
  streamName: string,
  endpoint?: string,
  stream = { wasThere: false },
): Put {
  return async (entries: PutEntry[]): Promise<PutResult[]> => {
    try {
      const response = await client.send(putRecordsCommand(streamName, entries));
      stream.wasThere = true;
      return (response.Records ?? []).map(entryResult);
    } catch (error) {
      const result = callFailure(error, streamName, endpoint, stream.wasThere);
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

/** The SDK's name for an answer that is not in AWS' format, such as one from a proxy. */
const NOT_OF_AWS = /^(?:SyntaxError|Unknown|UnknownError)$/;
const REFUSES_RECORDS = /^(?:Validation|InvalidArgument|KMS)/;
const HTTP_REQUEST_TIMEOUT = 408;

/** The properties of SDK errors. */
interface SdkError extends Error {
  $fault?: 'client' | 'server';
  $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean };
}

/**
 * The meaning of a failed call for its entries.
 * @param wasThere whether the stream has accepted a call before
 */
export function callFailure(
  error: unknown,
  streamName: string,
  endpoint?: string,
  wasThere = false,
): PutResult {
  const { name = 'Error', message = String(error), $fault, $metadata = {} } = error as Partial<SdkError>;
  const told = `${name}: ${message}`;
  const where = endpoint ?? 'Kinesis';
  const restart = endpoint ? ' Is the local runtime still running? Start it with: npm start' : '';
  const code = networkCode(error);
  if (code !== undefined) {
    return {
      outcome: 'unreachable',
      reason: `Cannot reach ${where} (${code}).${restart || ' Are you online?'}`,
    };
  }
  const kind = awsProblemKind(error);
  if (kind === 'throttled') return { outcome: 'throttled', reason: told };
  // This machine's clock is wrong, and the SDK has noticed: it signs the next call with the correct time.
  if ($metadata.clockSkewCorrected) return { outcome: 'error', reason: told };
  if (kind !== undefined) {
    const sentence = awsProblem(error, awsContext(streamName, endpoint));
    return { outcome: 'fatal', reason: `${sentence} (stream ${streamName}: ${name})` };
  }
  if (name === 'ResourceNotFoundException') {
    // A local runtime that restarts answers before its streams exist.
    if (wasThere) return { outcome: 'unreachable', reason: `${where} has no stream ${streamName} any more.` };
    const fix = 'Deploy again, or start npm start anew.';
    return { outcome: 'fatal', reason: `There is no stream ${streamName}. ${fix}` };
  }
  const { httpStatusCode: status } = $metadata;
  const ofAws = !NOT_OF_AWS.test(name);
  const incurable = $fault === 'client' && ofAws && status !== HTTP_REQUEST_TIMEOUT;
  if (incurable || REFUSES_RECORDS.test(name)) {
    return { outcome: 'fatal', reason: `Stream ${streamName} refuses the records: ${told}` };
  }
  const answer = ofAws || status === undefined ? told : `HTTP ${status}`;
  return { outcome: 'unreachable', reason: `${where} takes no records (${answer}).${restart}` };
}

const awsContext = (streamName: string, endpoint: string | undefined): AwsContext => ({
  service: 'Kinesis',
  endpoint,
  denied: `These credentials may not write to ${streamName} (set AWS_PROFILE, or aws sso login)`,
});
