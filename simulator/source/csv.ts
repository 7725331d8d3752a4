/** A recorded series from a CSV file: rows of a timestamp and a value. */
import { UserError } from '../../infra/cli/user-error.ts';

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
 * The series in a file's text. A timestamp without zone is UTC.
 * @param accepts says why a value cannot be taken, or undefined
 * @throws UserError, a misuse
 */
export function parseSeries(
  text: string,
  source: string,
  column: string,
  accepts: (value: number) => string | undefined,
): Series {
  const [header = '', ...rows] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = splitRow(header);
  const timeIndex = names.indexOf(TIMESTAMP_COLUMN);
  const valueIndex = names.indexOf(column);
  if (timeIndex < 0 || valueIndex < 0) {
    const missing = timeIndex < 0 ? TIMESTAMP_COLUMN : column;
    throw UserError.misuse(
      `${source}: Expected a header with the columns ${TIMESTAMP_COLUMN} and ${column}, got no ${missing} in: ${header.slice(0, 80)}`,
    );
  }
  const series: Series = { points: [], startMs: Number.NaN, skipped: [] };
  let lastMs = Number.NEGATIVE_INFINITY;
  rows.forEach((row, index) => {
    if (row.trim() === '') return;
    const cells = splitRow(row);
    const timeMs = parseTime(cells[timeIndex] ?? '');
    const value = Number(cells[valueIndex]);
    const reason = whyUnusable(cells[timeIndex], timeMs, lastMs, cells[valueIndex], value) ?? accepts(value);
    if (reason !== undefined) {
      series.skipped.push({ line: index + 2, reason });
      return;
    }
    if (series.points.length === 0) series.startMs = timeMs;
    series.points.push({ offsetMs: timeMs - series.startMs, value });
    lastMs = timeMs;
  });
  if (series.points.length === 0) {
    const first = series.skipped[0];
    const why = first ? `line ${first.line}: ${first.reason}` : 'it has no rows below its header';
    throw UserError.misuse(`${source}: Expected at least one usable row; ${why}`);
  }
  return series;
}

function whyUnusable(
  time: string | undefined,
  timeMs: number,
  lastMs: number,
  cell: string | undefined,
  value: number,
): string | undefined {
  if (Number.isNaN(timeMs)) return `Expected a timestamp such as 2014-02-14 14:30:00, got "${time ?? ''}"`;
  if (timeMs <= lastMs) return `Expected a timestamp later than the row before, got "${time}"`;
  if (cell === undefined || cell.trim() === '' || !Number.isFinite(value)) {
    return `Expected a number, got "${cell ?? ''}"`;
  }
  return undefined;
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
