/** The event that a function receives: Kinesis records in Lambda's form. */
import type { Clock } from '../base/clock.ts';
import type { StreamRecord } from '../kinesis/reader/stream-reader.ts';

/** A record on its way to the function. */
export interface EventRecord {
  sequenceNumber: string;
  partitionKey: string;
  /** When the stream took it, in ms since the epoch. */
  arrivalMs: number;
  /** The same moment on the monotonic clock, so that the record's age does not change when the wall clock is set. */
  sinceMs: number;
  /** Its length in JSON. */
  bytes: number;
  /**
   * Writes its JSON there, and returns where it ends. Only then: while a record waits for its batch, its bytes take less
   * room than their base64.
   */
  write(target: Buffer, at: number): number;
}

export interface EventSource {
  streamArn: string;
  region: string;
  /** Role of the function, on whose behalf Lambda reads. */
  roleArn: string;
}

export function toEventRecord(
  shardId: string,
  record: Pick<StreamRecord, 'sequenceNumber' | 'partitionKey' | 'data' | 'arrivalMs'>,
  source: EventSource,
  clock: Clock,
): EventRecord {
  const { sequenceNumber, partitionKey, data, arrivalMs } = record;
  const head = JSON.stringify({ kinesisSchemaVersion: '1.0', partitionKey, sequenceNumber, data: '' });
  const rest = JSON.stringify({
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: source.roleArn,
    awsRegion: source.region,
    eventSourceARN: source.streamArn,
  });
  const before = `{"kinesis":${head.slice(0, -'"}'.length)}`;
  const after = `","approximateArrivalTimestamp":${arrivalMs / 1000}},${rest.slice(1)}`;
  return {
    ...{ sequenceNumber, partitionKey, arrivalMs },
    // A record cannot have arrived in the future, even if the wall clock was set back since.
    sinceMs: clock.elapsed() - Math.max(0, clock.now() - arrivalMs),
    bytes: Buffer.byteLength(before) + base64Length(data) + Buffer.byteLength(after),
    write(target, at) {
      const base64 = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
      const dataAt = at + target.write(before, at);
      const dataEnd = dataAt + target.write(base64, dataAt, 'latin1');
      return dataEnd + target.write(after, dataEnd);
    },
  };
}

const base64Length = ({ length }: Uint8Array): number => 4 * Math.ceil(length / 3);

/** Bytes that an event takes besides its records. */
export const ENVELOPE_BYTES = '{"Records":[]}'.length;

/** As bytes: a text of megabytes would be made of its parts, and made into bytes again. */
export function eventOf(records: readonly EventRecord[]): Buffer {
  const commas = Math.max(0, records.length - 1);
  const event = Buffer.allocUnsafe(records.reduce((sum, { bytes }) => sum + bytes, ENVELOPE_BYTES + commas));
  let at = event.write('{"Records":[');
  for (const [i, record] of records.entries()) {
    if (i > 0) at += event.write(',', at);
    at = record.write(event, at);
  }
  event.write(']}', at);
  return event;
}
