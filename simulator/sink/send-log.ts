/**
 * The outcome of every record, as NDJSON: the producer's side of the ledger. It is read from the bytes that were sent,
 * so that it cannot differ from them.
 */
import {
  formatSentHour,
  formatTimestamp,
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

/** A listener that writes an entry, as a line without its end, for every settled record. */
export const sendLog =
  (write: (line: string) => void): SettledListener =>
  (record, result) => {
    const place =
      result.outcome === 'acked'
        ? `,"sequence_number":${JSON.stringify(result.sequenceNumber)},"shard_id":${JSON.stringify(result.shardId)}`
        : '';
    const { readings, malformed } = readingsIn(record.text);
    write(
      `{"status":"${result.outcome === 'acked' ? 'acked' : 'failed'}","site_id":${JSON.stringify(record.siteId)}${place},` +
        `"readings":${readings},"malformed":${malformed}}`,
    );
  };

/** The readings of an entry, as JSON. */
export interface LoggedReadings {
  readings: string;
  malformed: number;
}

/** The readings in a record's lines. */
export const readingsIn = (text: string): LoggedReadings => plainReadings(text) ?? parsedReadings(text);

/** What a reading looks like that we write ourselves: known without parsing, which would take ten times as long. */
const PLAIN = new RegExp(`\\{${Object.entries(READING_FIELDS).map(plainField).join(',')}\\}`, 'y');

/** Groups have no names: an object of them costs more than the whole search. */
function plainField([name, field]: [string, (typeof READING_FIELDS)[keyof typeof READING_FIELDS]]): string {
  if ('range' in field) return `"${name}":${plainNumber(field.range)}`;
  if (name === 'seq') return `"seq":(0|[1-9]\\d{0,14})`;
  const patterns: Record<string, RegExp> = {
    timestamp: TIMESTAMP_PATTERN,
    timestamp_sent: SENT_HOUR_PATTERN,
  };
  const source = (patterns[name] ?? ID_PATTERN).source.slice(1, -1);
  return `"${name}":"${name === 'device_id' ? `(${source})` : source}"`;
}

/** Numbers of so few digits that they are surely within the range. */
function plainNumber({ min, max }: Range): string {
  const whole = (digits: number) => `(?:0|[1-9]\\d{0,${digits - 1}})`;
  const digitsBelow = (bound: number) => Math.floor(Math.log10(bound));
  const negative = min < -1 ? `|-${whole(Math.max(1, digitsBelow(-min)))}` : '';
  return `(?:${whole(digitsBelow(max))}${negative})(?:\\.\\d{1,6})?`;
}

/** Both times of a plain reading are at its end, and always as long. */
const SENT_LENGTH = `${formatSentHour(0)}"}`.length;
const TIMES_LENGTH = `${formatTimestamp(0)}","timestamp_sent":"`.length + SENT_LENGTH;
const DAY_LENGTH = '2026-01-31'.length;

/** Undefined unless all lines are plain readings, each of another device: nothing of them needs escapes then. */
function plainReadings(text: string): LoggedReadings | undefined {
  const devices = new Set<string>();
  let readings = '';
  for (let start = 0; start <= text.length; ) {
    PLAIN.lastIndex = start;
    const [, device = '', seq] = PLAIN.exec(text) ?? [];
    const end = PLAIN.lastIndex;
    const isLine = end === text.length || text[end] === '\n';
    if (seq === undefined || !isLine || !hasDays(text, end) || devices.has(device)) return undefined;
    devices.add(device);
    readings += `${start === 0 ? '' : ','}"${device}":[${seq}]`;
    start = end + 1;
  }
  return { readings: `{${readings}}`, malformed: 0 };
}

const hasDays = (text: string, end: number): boolean =>
  isDay(text, end - TIMES_LENGTH) && isDay(text, end - SENT_LENGTH);

/** The last one that the calendar has: nearly always that of the next reading. */
let knownDay = 'none';

function isDay(text: string, at: number): boolean {
  if (text.startsWith(knownDay, at)) return true;
  const day = text.slice(at, at + DAY_LENGTH);
  if (!isCalendarDay(day)) return false;
  knownDay = day;
  return true;
}

function parsedReadings(text: string): LoggedReadings {
  const readings = new Map<string, number[]>();
  let malformed = 0;
  for (const line of text.split('\n')) {
    const reading = parsedReading(line);
    if (!reading) malformed++;
    else if (!readings.get(reading.device_id)?.push(reading.seq)) {
      readings.set(reading.device_id, [reading.seq]);
    }
  }
  return { readings: JSON.stringify(Object.fromEntries(readings)), malformed };
}

function parsedReading(line: string): Reading | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isReading(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
