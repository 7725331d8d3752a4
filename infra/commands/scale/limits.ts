/** The limits of AWS, and two of our own, that a growing fleet meets. One table, which docs/scale.md shows. */
import type { Confidence } from '../cost/prices.ts';
import { SHARD_BYTES, SHARD_RECORDS } from '../cost/traffic.ts';

export interface Limit {
  service: string;
  what: string;
  value: number;
  unit: string;
  /** Whether AWS raises it on request. */
  raised: 'no' | 'yes' | 'by itself';
  /** Where it is documented. */
  page: string;
  /** `documented`: read there; `secondary`: in other places; `recalled`: from memory. */
  confidence: Confidence;
}

const AWS = 'https://docs.aws.amazon.com/';
const KINESIS = `${AWS}streams/latest/dev/service-sizes-and-limits.html`;
const WARM = `${AWS}amazondynamodb/latest/developerguide/warm-throughput-scenarios.html`;
const DYNAMODB = `${AWS}amazondynamodb/latest/developerguide/Limits.html`;
const SNS = `${AWS}general/latest/gr/sns.html`;
const ATHENA = `${AWS}athena/latest/ug/service-limits.html`;
const MAPPING = `${AWS}lambda/latest/dg/services-kinesis-parameters.html`;

const limit = (
  [service, what]: readonly [string, string],
  [value, unit]: readonly [number, string],
  page: string,
  raised: Limit['raised'] = 'no',
  confidence: Confidence = 'documented',
): Limit => ({ service, what, value, unit, raised, page, confidence });

export const LIMITS = {
  shardBytes: limit(['Kinesis', 'a shard takes'], [SHARD_BYTES, 'bytes/s'], KINESIS),
  shardRecords: limit(['Kinesis', 'a shard takes'], [SHARD_RECORDS, 'records/s'], KINESIS),
  shardReadBytes: limit(['Kinesis', 'a shard gives, to all readers'], [2_000_000, 'bytes/s'], KINESIS),
  shardReads: limit(['Kinesis', 'a shard is asked'], [5, 'reads/s'], KINESIS),
  shardsOfAccount: limit(['Kinesis', 'shards of an account'], [20_000, 'shards'], KINESIS, 'yes'),
  batchRecords: limit(['Lambda', 'a batch holds'], [10_000, 'records'], MAPPING),
  lanes: limit(['Lambda', 'batches of a shard at once'], [10, 'batches'], MAPPING),
  concurrency: limit(
    ['Lambda', 'invocations at once, of all functions'],
    [1000, 'invocations'],
    `${AWS}lambda/latest/dg/lambda-concurrency.html`,
    'yes',
  ),
  environments: limit(
    ['Lambda', 'new environments in ten seconds'],
    [1000, 'environments'],
    `${AWS}lambda/latest/dg/scaling-behavior.html`,
  ),
  partitionReads: limit(['DynamoDB', 'a partition gives'], [3000, 'read units/s'], WARM),
  partitionWrites: limit(['DynamoDB', 'a partition takes'], [1000, 'write units/s'], WARM),
  newTableReads: limit(['DynamoDB', 'a new table gives'], [12_000, 'read units/s'], WARM, 'by itself'),
  newTableWrites: limit(['DynamoDB', 'a new table takes'], [4000, 'write units/s'], WARM, 'by itself'),
  tableWrites: limit(['DynamoDB', 'any table takes'], [40_000, 'write units/s'], DYNAMODB, 'yes'),
  itemBytes: limit(['DynamoDB', 'an item holds'], [400 * 1024, 'bytes'], DYNAMODB),
  activePartitions: limit(
    ['Firehose', 'partitions with data in the buffer'],
    [500, 'partitions'],
    `${AWS}firehose/latest/dev/buffering.html`,
    'yes',
  ),
  partitionBytes: limit(
    ['Firehose', 'a partition takes'],
    [1_000_000_000, 'bytes/s'],
    `${AWS}firehose/latest/dev/limits.html`,
    'no',
    'recalled',
  ),
  mails: limit(['SNS', 'mails of one subscription'], [10, 'messages/s'], SNS),
  publishes: limit(['SNS', 'messages of an account'], [30_000, 'messages/s'], SNS, 'yes', 'recalled'),
  statementMinutes: limit(['Athena', 'a statement lasts'], [30, 'minutes'], ATHENA, 'yes', 'recalled'),
  partitionsWritten: limit(
    ['Athena', 'partitions that one statement writes'],
    [100, 'partitions'],
    `${AWS}athena/latest/ug/ctas-insert-into.html`,
  ),
  vacuumFiles: limit(
    ['Athena', 'files that one VACUUM deletes'],
    [20_000, 'files'],
    `${AWS}athena/latest/ug/vacuum-statement.html`,
    'no',
    'secondary',
  ),
} as const satisfies Record<string, Limit>;

/** Ours. The first is a setting's range (infra/aws/settings), the second services/detector/turns.ts. */
export const OWN_LIMITS = { shards: 500, messagesPerSecond: 4 } as const;
