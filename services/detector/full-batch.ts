/** Does a batch tell that more records wait behind it? */
import type { KinesisStreamRecord } from 'aws-lambda';

/** Lambda's limit on the event of an invocation; a record takes its data and about so much more. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
const RECORD_BYTES = 400;
/** A batch of fewer records tells nothing. */
const MIN_RECORDS = 10;

/** Is it as large as the mapping makes them? @param batchSize the mapping's setting, in records */
export function isFull(records: readonly KinesisStreamRecord[], batchSize: number): boolean {
  if (records.length >= Math.max(batchSize, MIN_RECORDS)) return true;
  const sizes = records.map(({ kinesis }) => kinesis.data.length + RECORD_BYTES);
  const another = sizes.reduce((largest, size) => Math.max(largest, size), 0);
  return sizes.reduce((sum, size) => sum + size, another) >= MAX_EVENT_BYTES;
}
