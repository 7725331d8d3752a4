/** A failed batch, as Lambda's S3 destination keeps it, or as the detector keeps records that it set aside. Pure. */
import { z } from 'zod';
import { userRecordsOf } from '../../../services/detector/aggregated.ts';
import { describeIssue, plural } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html: `payload` is the whole event of
 * the invocation as a string. `responseContext` is missing when the function was never invoked.
 */
const objectSchema = z.object({
  requestContext: z.object({
    requestId: z.string(),
    condition: z.string(),
    approximateInvokeCount: z.number(),
  }),
  responseContext: z.object({ functionError: z.string().nullish() }).nullish(),
  timestamp: z.iso.datetime(),
  KinesisBatchInfo: z.object({
    shardId: z.string(),
    startSequenceNumber: z.string().regex(/^\d+$/),
    endSequenceNumber: z.string().regex(/^\d+$/),
    approximateArrivalOfFirstRecord: z.iso.datetime(),
    batchSize: z.int().min(1),
  }),
  payload: z.string(),
});

const eventSchema = z.object({
  Records: z
    .array(
      z.object({
        kinesis: z.object({ sequenceNumber: z.string(), partitionKey: z.string(), data: z.string() }),
      }),
    )
    .min(1),
});

/** A message that the topic will never accept, as the detector keeps it. There is nothing to evaluate again. */
const alertsSchema = z.object({ reason: z.string(), alerts: z.array(z.unknown()).min(1) });

export interface FailedBatch {
  /** Key of the object. */
  key: string;
  shardId: string;
  /** Sequence number of the first record: the batch's place in its shard. */
  sequence: string;
  records: number;
  /** When the first record arrived in the stream, in ms since the epoch. */
  arrivedMs: number;
  /** When Lambda gave up, ISO 8601. */
  givenUpAt: string;
  condition: string;
  /** The error of the last invocation; `undefined` if it reported failed records, `null` if there was no invocation. */
  functionError: string | undefined | null;
  attempts: number;
  /** Of the last invocation: finds it in the detector's log. */
  requestId: string;
}

/**
 * The batch in an object, the event for the detector, byte for byte as Lambda passed it, and whose readings are in it.
 * @throws UserError for an object without a batch
 */
export function parseBatch(
  key: string,
  text: string,
): { batch: FailedBatch; event: string; senders: ReadonlySet<string> } {
  const json = parseJson(text);
  const refused = alertsSchema.safeParse(json).data;
  if (refused) {
    const what = plural(refused.alerts.length, 'alert');
    throw new UserError(`${what} that the topic refused, to be read by a person: ${refused.reason}`);
  }
  const parsed = objectSchema.safeParse(json);
  if (!parsed.success) throw new UserError(describeIssue(parsed.error, 'object'));
  const { requestContext, responseContext, KinesisBatchInfo: info, payload, timestamp } = parsed.data;
  const event = eventSchema.safeParse(parseJson(payload));
  if (!event.success) throw new UserError(`payload: ${describeIssue(event.error, 'object')}`);
  const batch: FailedBatch = {
    key,
    shardId: info.shardId,
    sequence: info.startSequenceNumber,
    records: event.data.Records.length,
    arrivedMs: Date.parse(info.approximateArrivalOfFirstRecord),
    givenUpAt: timestamp,
    condition: requestContext.condition,
    functionError: responseContext ? (responseContext.functionError ?? undefined) : null,
    attempts: requestContext.approximateInvokeCount,
    requestId: requestContext.requestId,
  };
  const records = event.data.Records;
  return {
    ...{ batch, event: payload },
    get senders() {
      return new Set(records.flatMap(({ kinesis }) => sendersOf(kinesis)));
    },
  };
}

/** Partition keys: those that the producer's library packed together may be of any sites. */
const sendersOf = ({ partitionKey, data }: { partitionKey: string; data: string }): string[] =>
  userRecordsOf(data)?.map((packed) => packed.partitionKey) ?? [partitionKey];

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError('Expected JSON', { cause });
  }
}

/** Why a batch was given up, briefly. */
export function whyGivenUp({ condition, functionError, attempts }: FailedBatch): string {
  if (condition === 'SetAside') return `set aside: ${functionError ?? 'no reason given'}`;
  const tries = plural(attempts, 'attempt');
  const how =
    functionError === null
      ? 'never tried'
      : functionError === undefined
        ? 'a call to AWS failed'
        : 'the function failed';
  if (condition === 'RetryAttemptsExhausted') return `${how}, ${tries}`;
  if (condition === 'RecordAgeExceeded')
    return `too old: ${how}${functionError === null ? '' : `, ${tries}`}`;
  return `${condition}: ${how}, ${tries}`;
}

/**
 * The order of the stream, per shard, so that the readings of a device are evaluated in their order. Children of a split
 * or merged shard have higher numbers than their parents, and so come after them.
 */
export function inStreamOrder(a: FailedBatch, b: FailedBatch): number {
  if (a.shardId !== b.shardId) return a.shardId < b.shardId ? -1 : 1;
  const [left, right] = [BigInt(a.sequence), BigInt(b.sequence)];
  return left < right ? -1 : left > right ? 1 : 0;
}
