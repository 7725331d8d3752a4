/** Bytes of a batch → readings by site. Nothing in a record can make this throw. */
import type { KinesisStreamRecord } from 'aws-lambda';
import {
  explainReading,
  formatTimestamp,
  isReading,
  MAX_CLOCK_SKEW_MS,
  MAX_READING_BYTES,
  type Reading,
} from '../contract/reading.ts';
import { instantMs, isOwnForm } from '../contract/time.ts';

/** The readings of one site, in the order of the stream. */
export interface SiteBatch {
  siteId: string;
  /** Index of the first record that holds one of them. */
  firstRecord: number;
  readings: Reading[];
  /** For each reading, the index of its record. */
  records: number[];
  /** Devices with a reading that some rule may call a breach. */
  restless: Set<string>;
}

/** A line that was not evaluated, told without its content. */
export interface Problem {
  sequence_number: string;
  line: number;
  reason: string;
}

export interface Decoded {
  sites: Map<string, SiteBatch>;
  valid: number;
  malformed: number;
  skewed: number;
  /** The first few malformed or skewed lines. */
  problems: Problem[];
}

const MAX_PROBLEMS = 5;
const MAX_REASON_CHARACTERS = 200;

/** @param isQuiet does surely no rule call this reading a breach? */
export function decodeRecords(
  records: readonly KinesisStreamRecord[],
  isQuiet: (reading: Reading) => boolean,
): Decoded {
  const decoded: Decoded = { sites: new Map(), valid: 0, malformed: 0, skewed: 0, problems: [] };
  if (records.length === 0) return decoded;
  // Formatting a time costs as much as parsing a reading: nearly always, one limit does for the whole batch.
  const limitOfAll = skewLimit(
    records.reduce((min, { kinesis }) => Math.min(min, kinesis.approximateArrivalTimestamp), Infinity),
  );
  let site: SiteBatch | undefined;
  for (const [index, { kinesis }] of records.entries()) {
    const text = Buffer.from(kinesis.data, 'base64').toString();
    let line = 0;
    let blank = 0;
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const end = newline === -1 ? text.length : newline;
      const reading = parseLine(text, start, end);
      start = end + 1;
      line += 1;
      if (reading === BLANK) {
        blank += 1;
      } else if (!isReading(reading)) {
        decoded.malformed += 1;
        note(decoded, kinesis.sequenceNumber, line, reading);
      } else if (
        isAfter(reading.timestamp, limitOfAll) &&
        isAfter(reading.timestamp, skewLimit(kinesis.approximateArrivalTimestamp))
      ) {
        decoded.valid += 1;
        decoded.skewed += 1;
        const ahead = `${reading.device_id}: timestamp ${reading.timestamp} is ahead of its arrival`;
        note(decoded, kinesis.sequenceNumber, line, ahead);
      } else {
        decoded.valid += 1;
        if (site?.siteId !== reading.site_id) site = siteOf(decoded.sites, reading.site_id, index);
        site.readings.push(reading);
        site.records.push(index);
        if (!isQuiet(reading)) site.restless.add(reading.device_id);
      }
    }
    // A record always holds something; an empty one is a mistake of its sender.
    if (line === blank) {
      decoded.malformed += 1;
      note(decoded, kinesis.sequenceNumber, 1, 'empty record');
    }
  }
  return decoded;
}

/** @param problem in words, or the JSON that is no reading */
function note({ problems }: Decoded, sequenceNumber: string, line: number, problem: object | string): void {
  if (problems.length === MAX_PROBLEMS) return;
  const reason = typeof problem === 'string' ? problem : (explainReading(problem) ?? 'no reading');
  problems.push({ sequence_number: sequenceNumber, line, reason: reason.slice(0, MAX_REASON_CHARACTERS) });
}

/** The last `timestamp` that is not skewed in a record which arrived at this second of the epoch. */
function skewLimit(arrived: number): { ms: number; text: string } {
  const ms = arrived * 1000 + MAX_CLOCK_SKEW_MS;
  return { ms, text: formatTimestamp(ms) };
}

/** In our own form a text says it. */
const isAfter = (timestamp: string, { ms, text }: ReturnType<typeof skewLimit>) =>
  isOwnForm(timestamp) ? timestamp > text : instantMs(timestamp) > ms;

const BLANK = Symbol('blank line');

/** The JSON of a line, or a string that says why there is none. */
function parseLine(text: string, start: number, end: number): object | string | typeof BLANK {
  const length = end - start;
  if (length > MAX_READING_BYTES) return `longer than ${MAX_READING_BYTES} bytes`;
  const line = text.slice(start, end);
  // A character takes at most three bytes of UTF-8 per UTF-16 unit: most lines need not be measured.
  if (length * 3 > MAX_READING_BYTES && Buffer.byteLength(line) > MAX_READING_BYTES) {
    return `longer than ${MAX_READING_BYTES} bytes`;
  }
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : 'not a JSON object';
  } catch {
    // The parser's own message would quote the payload.
    return line.trim() === '' ? BLANK : 'not JSON';
  }
}

function siteOf(sites: Map<string, SiteBatch>, siteId: string, firstRecord: number): SiteBatch {
  let site = sites.get(siteId);
  if (site === undefined) {
    site = { siteId, firstRecord, readings: [], records: [], restless: new Set() };
    sites.set(siteId, site);
  }
  return site;
}
