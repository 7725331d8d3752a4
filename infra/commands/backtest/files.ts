/** History from a file: readings as NDJSON, or one recorded series as CSV. */
import { explainReading } from '../../../services/contract/explain-reading.ts';
import { jsonIn } from '../../../services/contract/json.ts';
import { formatTimestamp, isReading, type Metric, type Reading } from '../../../services/contract/reading.ts';
import { instantOf, sentHourOf } from '../../../services/contract/time.ts';
import type { Series, SeriesOptions } from '../../cli/series/reader.ts';
import { readSeries, seriesDeviceId } from '../../cli/series/series.ts';
import { openText, wholeText } from '../../cli/series/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { byDevice } from './by-device.ts';

export interface FileHistory {
  /** In order of time. */
  readings: Iterable<Reading>;
  count: number;
  devices: number;
  /** Event time of the first and the last. */
  from: string;
  to: string;
  /** The only one that was recorded, in a series. */
  metric: Metric | undefined;
  /** How ambiguous parts of the file were read. */
  notices: string[];
  /** Lines that could not be used, and why the first could not. */
  skipped: number;
  firstProblem: string | undefined;
}

/**
 * Readings, by the name of the file or the beginning of its text; otherwise a recorded series.
 * @throws UserError, a misuse, for a file without readings
 */
export async function readFile(file: string, options: SeriesOptions): Promise<FileHistory> {
  const text = await openText(file);
  const isNdjson = /\.(?:ndjson|jsonl|json)$/i.test(file) || text.head.trimStart().startsWith('{');
  if (isNdjson) return parseReadings(await wholeText(text), file);
  return readingsOfSeries(await readSeries(text, options), file, options.metric);
}

function parseReadings(text: string, source: string): FileHistory {
  const readings: Reading[] = [];
  let skipped = 0;
  let firstProblem: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const reading = parseLine(line);
    if (typeof reading !== 'string') {
      readings.push(reading);
      continue;
    }
    skipped++;
    firstProblem ??= `${source} line ${index + 1}: ${reading}`;
  }
  if (readings.length === 0) {
    throw UserError.misuse(firstProblem ?? `${source}: Expected readings as NDJSON, got an empty file`);
  }
  readings.sort(inOrder);
  const devices = new Set(readings.map(({ site_id, device_id }) => `${site_id}\n${device_id}`)).size;
  const times = readings.map(({ timestamp }) => instantOf(timestamp)).sort();
  const [from = '', to = ''] = [times[0], times.at(-1)];
  return { readings, count: readings.length, devices, from, to, skipped, firstProblem, ...NOT_A_SERIES };
}

const NOT_A_SERIES = { metric: undefined, notices: [] };

/** A reading, or what is wrong with the line. */
export function parseLine(line: string): Reading | string {
  const json = jsonIn(line);
  if (json === undefined) return 'Expected a reading as JSON';
  return isReading(json) ? json : (explainReading(json) ?? 'Expected a reading');
}

/** Ids and instants are ASCII in a fixed form, so comparing code units is enough. */
function inOrder(a: Reading, b: Reading): number {
  const [madeA, madeB] = [instantOf(a.timestamp), instantOf(b.timestamp)];
  if (madeA !== madeB) return madeA < madeB ? -1 : 1;
  return byDevice(a, b) || a.seq - b.seq;
}

function readingsOfSeries(
  { timesMs, values, skipped, notices }: Series,
  file: string,
  metric: Metric,
): FileHistory {
  const [first] = skipped.named;
  return {
    readings: { [Symbol.iterator]: () => makeReadings(timesMs, values, seriesDeviceId(file), metric) },
    metric,
    ...{ count: timesMs.length, devices: 1 },
    ...{ from: formatTimestamp(timesMs[0] ?? 0), to: formatTimestamp(timesMs.at(-1) ?? 0) },
    ...{ skipped: skipped.count, firstProblem: first && `${file} line ${first.line}: ${first.reason}` },
    notices: notices.map((notice) => `${file}: ${notice}`),
  };
}

/** One at a time, because a long series would not fit into memory as readings. */
function* makeReadings(
  timesMs: readonly number[],
  values: readonly number[],
  device_id: string,
  metric: Metric,
): Generator<Reading> {
  for (const [seq, ms] of timesMs.entries()) {
    const timestamp = formatTimestamp(ms);
    const sent = sentHourOf(timestamp);
    const reading: Reading = { device_id, site_id: 'series', seq, timestamp, timestamp_sent: sent };
    // Not in the literal, because a computed name there makes all of this four times slower.
    reading[metric] = values[seq] as number;
    yield reading;
  }
}
