/** A recorded series: rows of a timestamp and a value of one metric, as CSV. */
import { basename, extname } from 'node:path';
import { METRIC_FIELDS, type Metric } from './reading.ts';

export interface Series {
  /** In order of time; `offsetMs` counts from the first. */
  points: { offsetMs: number; value: number }[];
  /** Time of the first row, ms since the epoch. */
  startMs: number;
  /** Rows that could not be used: number of the line, from 1, and why. */
  skipped: { line: number; reason: string }[];
}

const TIMESTAMP_COLUMN = 'timestamp';

/**
 * The series in a file's text, or a sentence that says why there is none. A timestamp without zone is UTC.
 * @param column header of the values
 * @param metric what the values are: those out of its range are skipped
 */
export function parseSeries(text: string, column: string, metric: Metric): Series | string {
  const [header = '', ...rows] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = splitRow(header);
  const [timeIndex, valueIndex] = [names.indexOf(TIMESTAMP_COLUMN), names.indexOf(column)];
  if (timeIndex < 0 || valueIndex < 0) {
    const missing = timeIndex < 0 ? TIMESTAMP_COLUMN : column;
    return `Expected a header with the columns ${TIMESTAMP_COLUMN} and ${column}, got no ${missing} in: ${header.slice(0, 80)}`;
  }
  const series: Series = { points: [], startMs: Number.NaN, skipped: [] };
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const [index, row] of rows.entries()) {
    if (row.trim() === '') continue;
    const cells = splitRow(row);
    const [time = '', cell = ''] = [cells[timeIndex], cells[valueIndex]];
    const timeMs = parseTime(time);
    const reason = explainTime(time, timeMs, lastMs) ?? explainValue(cell, metric);
    if (reason !== undefined) {
      series.skipped.push({ line: index + 2, reason });
      continue;
    }
    if (series.points.length === 0) series.startMs = timeMs;
    series.points.push({ offsetMs: timeMs - series.startMs, value: Number(cell) });
    lastMs = timeMs;
  }
  if (series.points.length > 0) return series;
  const [first] = series.skipped;
  const why = first ? `line ${first.line}: ${first.reason}` : 'it has no rows below its header';
  return `Expected at least one usable row; ${why}`;
}

function explainTime(time: string, timeMs: number, lastMs: number): string | undefined {
  if (Number.isNaN(timeMs)) return `Expected a timestamp such as 2014-02-14 14:30:00, got "${time}"`;
  return timeMs > lastMs ? undefined : `Expected a timestamp later than the row before, got "${time}"`;
}

function explainValue(cell: string, metric: Metric): string | undefined {
  const value = cell.trim() === '' ? Number.NaN : Number(cell);
  if (!Number.isFinite(value)) return `Expected a number, got "${cell}"`;
  const { range, unit } = METRIC_FIELDS[metric];
  if (value >= range.min && value <= range.max) return undefined;
  const quantity = unit === '%' ? 'a percentage' : unit;
  return `Expected ${quantity} (${range.min} to ${range.max}) for ${metric}, got ${value}`;
}

/** ISO 8601, or `YYYY-MM-DD HH:MM:SS`; without a zone it is UTC. NaN if it is neither. */
function parseTime(text: string): number {
  const match =
    /^\s*(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?\s*$/.exec(text);
  return match ? Date.parse(`${match[1]}T${match[2]}${match[3] ?? 'Z'}`) : Number.NaN;
}

/** Cells of a row; quotes protect commas, a doubled quote is one. */
function splitRow(row: string): string[] {
  const cells = row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? (plain ?? '').trim());
}

/** The device of a series: the file's name, in the letters of an id. */
export const seriesDeviceId = (file: string): string =>
  basename(file, extname(file))
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 64) || 'recorded';
