/**
 * The outcome of every record, as NDJSON: the producer's side of the ledger. It is read from the bytes that were sent,
 * so that it cannot differ from them.
 */
import {
  ID_PATTERN,
  isReading,
  type Range,
  READING_FIELDS,
  type Reading,
  SENT_HOUR_PATTERN,
  TIMESTAMP_PATTERN,
} from '../../services/contract/reading.ts';
import { isCalendarDay } from '../../services/contract/time.ts';
import type { SettledListener } from './put-records.ts';

/** One line: `readings` maps each device to the `seq` of its readings in the record, duplicates included. */
export interface SendLogEntry {
  status: 'acked' | 'failed';
  site_id: string;
  /** Of the record on the stream; absent when it was given up. */
  sequence_number?: string;
  shard_id?: string;
  readings: Record<string, number[]>;
  /** Number of lines that are not readings, made by `--malformed`. */
  malformed: number;
}

/** A listener that writes an entry for every settled record. */
export const sendLog =
  (write: (entry: SendLogEntry) => void): SettledListener =>
  (record, result) => {
    const acked = result.outcome === 'acked';
    write({
      status: acked ? 'acked' : 'failed',
      site_id: record.siteId,
      ...(acked && { sequence_number: result.sequenceNumber, shard_id: result.shardId }),
      ...readingsIn(record.text),
    });
  };

export function readingsIn(text: string): Pick<SendLogEntry, 'readings' | 'malformed'> {
  const readings: Record<string, number[]> = {};
  let malformed = 0;
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const reading = plainReading(text, start, end) ?? parsedReading(text.slice(start, end));
    if (reading) {
      readings[reading.device_id] ??= [];
      readings[reading.device_id]?.push(reading.seq);
    } else malformed++;
    start = end + 1;
  }
  return { readings, malformed };
}

type Named = Pick<Reading, 'device_id' | 'seq'>;

/** What a reading looks like that we write ourselves: known without parsing, which would take three times as long. */
const PLAIN = new RegExp(`\\{${Object.entries(READING_FIELDS).map(plainField).join(',')}\\}`, 'y');

function plainField([name, field]: [string, (typeof READING_FIELDS)[keyof typeof READING_FIELDS]]): string {
  if ('range' in field) return `"${name}":${plainNumber(field.range)}`;
  if (name === 'seq') return `"seq":(?<seq>0|[1-9]\\d{0,14})`;
  const patterns: Record<string, RegExp> = {
    timestamp: TIMESTAMP_PATTERN,
    timestamp_sent: SENT_HOUR_PATTERN,
  };
  const { source } = patterns[name] ?? ID_PATTERN;
  return `"${name}":"(?<${name}>${source.slice(1, -1)})"`;
}

/** Numbers of so few digits that they are surely within the range. */
function plainNumber({ min, max }: Range): string {
  const whole = (digits: number) => `(?:0|[1-9]\\d{0,${digits - 1}})`;
  const digitsBelow = (bound: number) => Math.floor(Math.log10(bound));
  const negative = min < -1 ? `|-${whole(Math.max(1, digitsBelow(-min)))}` : '';
  return `(?:${whole(digitsBelow(max))}${negative})(?:\\.\\d{1,6})?`;
}

function plainReading(text: string, start: number, end: number): Named | undefined {
  PLAIN.lastIndex = start;
  const { device_id = '', seq, timestamp = '', timestamp_sent = '' } = PLAIN.exec(text)?.groups ?? {};
  if (seq === undefined || PLAIN.lastIndex !== end) return undefined;
  if (!isCalendarDay(timestamp) || !isCalendarDay(timestamp_sent)) return undefined;
  return { device_id, seq: Number(seq) };
}

function parsedReading(line: string): Named | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isReading(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
