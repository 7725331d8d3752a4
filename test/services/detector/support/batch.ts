/** Readings, records and batches as they come from Kinesis. */
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { Reading } from '../../../../services/contract/reading.ts';
import { formatSentHour } from '../../../../services/contract/reading.ts';
import { groupBy } from '../../../../services/detector/group.ts';

export const DAY = '2026-01-31';

/** Ms since the epoch of a time on the tests' day. */
export const clock = (time: string): number =>
  Date.parse(`${DAY}T${time}${time.includes('.') ? '' : '.000'}Z`);

/** A reading in which everything is well except `values`. `time` looks like `10:00:05`. */
export function reading(time: string, values: Partial<Reading> = {}): Reading {
  const at = clock(time);
  return {
    device_id: 'pump-1',
    site_id: 'site-a',
    seq: Math.floor(at / 1000),
    temperature: 50,
    cpu: 30,
    ram: 40,
    hd: 50,
    timestamp: new Date(at).toISOString(),
    timestamp_sent: formatSentHour(at),
    ...values,
  };
}

export const line = (value: Reading): string => JSON.stringify(value);

let sequence = 0;

/** Of the first line that names one, as a gateway would set it. */
const siteNamedIn = (data: string | Uint8Array) =>
  /"site_id":"([\w.-]+)"/.exec(data.toString())?.[1] ?? 'site-a';

/** A record of the stream; `data` is packed lines, or anything that a sender may get wrong. */
export function record(
  data: string | Uint8Array | Reading[],
  arrivedMs = clock('12:00:00'),
  partitionKey = Array.isArray(data) ? (data[0]?.site_id ?? 'site-a') : siteNamedIn(data),
): KinesisStreamRecord {
  sequence += 1;
  const bytes = Array.isArray(data) ? data.map(line).join('\n') : data;
  const sequenceNumber = `4959${String(sequence).padStart(52, '0')}`;
  return {
    awsRegion: 'us-east-1',
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/readings',
    eventVersion: '1.0',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/detector',
    kinesis: {
      approximateArrivalTimestamp: arrivedMs / 1000,
      data: Buffer.from(bytes as string).toString('base64'),
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
    },
  };
}

/** One record for each site of these readings, as gateways pack them. */
export const recordsOf = (readings: readonly Reading[], arrivedMs?: number): KinesisStreamRecord[] =>
  groupBy(readings, ({ site_id }) => site_id).map(([, of]) => record(of, arrivedMs));

export const batch = (records: KinesisStreamRecord[]): KinesisStreamEvent => ({ Records: records });
