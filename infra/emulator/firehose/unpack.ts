/**
 * What the Kinesis Producer Library has aggregated, taken apart as Firehose does with records of a data stream.
 * https://docs.aws.amazon.com/firehose/latest/dev/writing-with-kinesis-streams.html
 */
import { userRecordsOf } from '../kinesis/log/aggregated.ts';
import { countLines } from '../kinesis/log/counts.ts';
import type { StreamSourceRecord } from './delivery-stream.ts';

export function unpack(record: StreamSourceRecord): StreamSourceRecord[] {
  const packed = userRecordsOf(record.data);
  if (packed === undefined) return [record];
  let number = 0;
  return packed.map(({ data }) => {
    const one = { ...record, data, number };
    number += countLines(data);
    return one;
  });
}
