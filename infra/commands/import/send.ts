/** Readings as packed records into the stream, paced, in order, from where an earlier run stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PutRecordsCommandOutput } from '@aws-sdk/client-kinesis';
import { IMPORT_KEY } from '../../../services/contract/line.ts';
import {
  DEFAULT_RECORD_BYTES,
  MAX_READINGS_PER_RECORD,
  type Reading,
} from '../../../services/contract/reading.ts';

export interface PackedReadings {
  key: string;
  text: string;
  readings: number;
  /** Day of the first: the partition. */
  day: string;
}

/** Lines of one site and day, as many as a record may hold. The same readings always give the same records. */
export function pack(readings: readonly Reading[]): PackedReadings[] {
  const records: PackedReadings[] = [];
  const open = new Map<string, PackedReadings>();
  for (const reading of readings) {
    const line = JSON.stringify(reading);
    const day = reading.timestamp_sent.slice(0, 10);
    let record = open.get(reading.site_id);
    const isFull =
      record === undefined ||
      record.day !== day ||
      record.readings >= MAX_READINGS_PER_RECORD ||
      record.text.length + line.length >= DEFAULT_RECORD_BYTES;
    if (record === undefined || isFull) {
      record = { key: `${IMPORT_KEY}${reading.site_id}`, text: line, readings: 1, day };
      records.push(record);
      open.set(reading.site_id, record);
    } else {
      record.text += `\n${line}`;
      record.readings += 1;
    }
  }
  return records;
}

export type PutRecords = (
  records: { Data: Buffer; PartitionKey: string }[],
) => Promise<Pick<PutRecordsCommandOutput, 'Records'>>;

export interface Pace {
  /** Readings a second. */
  rate: number;
  /** Firehose keeps a partition open for its buffer interval, and 500 at most: so many days in so many ms. */
  days: number;
  withinMs: number;
}

/** Records in one call. */
const AT_ONCE = 20;
const RETRY_MS = 500;

/**
 * @param done records that are on the stream already
 * @param onProgress told of the records on the stream so far, after each call
 * @param signal ends it between two calls
 */
export async function sendPaced(
  records: readonly PackedReadings[],
  done: number,
  {
    put,
    pace,
    now,
    signal,
    onProgress,
  }: {
    put: PutRecords;
    pace: Pace;
    now(): number;
    signal: AbortSignal;
    onProgress(records: number): void;
  },
): Promise<number> {
  const days: { day: string; at: number }[] = [];
  let sent = done;
  while (sent < records.length && !signal.aborted) {
    const batch = records.slice(sent, sent + AT_ONCE);
    const started = now();
    for (const { day } of batch) if (days.at(-1)?.day !== day) days.push({ day, at: started });
    const full = days.at(-pace.days);
    if (full)
      await sleep(Math.max(0, full.at + pace.withinMs - started), undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    await putAll(batch, put);
    sent += batch.length;
    onProgress(sent);
    const readings = batch.reduce((sum, record) => sum + record.readings, 0);
    const restMs = (readings / pace.rate) * 1000 - (now() - started);
    if (sent < records.length && restMs > 0) await sleep(restMs, undefined, { signal }).catch(() => {});
  }
  return sent;
}

/** Until the stream has taken every one. */
async function putAll(batch: readonly PackedReadings[], put: PutRecords): Promise<void> {
  for (let waiting = [...batch]; waiting.length > 0; ) {
    const entries = waiting.map(({ key, text }) => ({ Data: Buffer.from(text), PartitionKey: key }));
    const { Records = [] } = await put(entries);
    waiting = waiting.filter((_, i) => Records[i]?.ErrorCode !== undefined || Records[i] === undefined);
    if (waiting.length > 0) await sleep(RETRY_MS);
  }
}
