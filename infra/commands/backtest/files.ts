/** History from a file: readings as NDJSON, or one recorded series as CSV. */
import { basename } from 'node:path';
import {
  explainReading,
  formatSentHour,
  formatTimestamp,
  ID_PATTERN,
  isReading,
  type Metric,
  type Reading,
} from '../../../services/contract/reading.ts';
import { UserError } from '../../cli/user-error.ts';

export interface FileHistory {
  /** In order of site, device and time. */
  readings: Reading[];
  /** Lines that could not be used, and why the first could not. */
  skipped: number;
  firstProblem: string | undefined;
}

/** @throws UserError, a misuse, where there is no reading in it */
export function parseReadings(text: string, source: string): FileHistory {
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
  return { readings: readings.sort(inOrder), skipped, firstProblem };
}

function parseLine(line: string): Reading | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return 'Expected a reading as JSON';
  }
  return isReading(json) ? json : (explainReading(json) ?? 'Expected a reading');
}

/** Ids and timestamps are ASCII of fixed form: code units are their order. */
function inOrder(a: Reading, b: Reading): number {
  for (const field of ['site_id', 'device_id', 'timestamp'] as const) {
    if (a[field] !== b[field]) return a[field] < b[field] ? -1 : 1;
  }
  return a.seq - b.seq;
}

export interface SeriesColumns {
  column: string;
  metric: Metric;
}

/**
 * A series with the columns `timestamp` (without zone: UTC) and one of values, as readings of a device that is named
 * after the file. The other metrics are 0: rules about them say nothing about a series.
 * @throws UserError, a misuse
 */
export function parseSeries(text: string, source: string, { column, metric }: SeriesColumns): FileHistory {
  const [header = '', ...rows] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = cells(header);
  const [timeAt, valueAt] = [names.indexOf('timestamp'), names.indexOf(column)];
  if (timeAt < 0 || valueAt < 0) {
    const missing = timeAt < 0 ? 'timestamp' : column;
    throw UserError.misuse(
      `${source}: Expected a header with the columns timestamp and ${column}, got no ${missing} in: ${header.slice(0, 60)}`,
    );
  }
  const device = basename(source)
    .replace(/\.[^.]*$/, '')
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 64);
  const readings: Reading[] = [];
  let skipped = 0;
  let firstProblem: string | undefined;
  for (const [index, row] of rows.entries()) {
    if (row.trim() === '') continue;
    const at = parseTime(cells(row)[timeAt] ?? '');
    const cell = cells(row)[valueAt]?.trim() ?? '';
    const value = cell === '' ? Number.NaN : Number(cell);
    if (Number.isNaN(at) || !Number.isFinite(value)) {
      skipped++;
      firstProblem ??= `${source} line ${index + 2}: Expected a time such as 2014-02-14 14:30:00 and a number, got "${row.slice(0, 40)}"`;
      continue;
    }
    readings.push({
      ...{ device_id: ID_PATTERN.test(device) ? device : 'series', site_id: 'series', seq: readings.length },
      ...{ temperature: 0, cpu: 0, ram: 0, hd: 0, [metric]: value },
      ...{ timestamp: formatTimestamp(at), timestamp_sent: formatSentHour(at) },
    });
  }
  if (readings.length === 0)
    throw UserError.misuse(firstProblem ?? `${source}: Expected rows below the header`);
  return { readings: readings.sort(inOrder), skipped, firstProblem };
}

function parseTime(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/.exec(
    text.trim(),
  );
  return match ? Date.parse(`${match[1]}T${match[2]}${match[3] ?? 'Z'}`) : Number.NaN;
}

/** Cells of a row; quotes protect commas, a doubled quote is one. */
const cells = (row: string): string[] =>
  [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? (plain ?? '').trim(),
  );
