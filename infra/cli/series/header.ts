/** Finds the columns of a table that hold the times and the values, and the delimiter between the cells. */
import { plural } from '../text.ts';
import { firstRows, isBlank } from './rows.ts';
import { shorten } from './times.ts';

/** Columns as the user named them; the others are found by the usual names. */
export interface ColumnChoice {
  timeColumn?: string | undefined;
  column?: string | undefined;
  /** Only rows with these cells, by the name of their column. */
  where?: Record<string, string> | undefined;
}

export interface Columns {
  names: string[];
  /** Columns of the time: one, or one each for the date and the time of day. */
  time: number[];
  value: number;
  where: { index: number; cell: string }[];
  /** Columns that identify a series. */
  series: number[];
}

const TIME_NAMES = ['timestamp', 'time', 'datetime', 'date_time', 'date', 'last_changed', '_time', 'ts'];
/** The first of these that a table has is used. */
const VALUE_NAMES = ['value', '_value', 'state'];
/** Names in Home Assistant, Grafana and InfluxDB, and common names for the source of a measurement. */
const SERIES_NAMES = [
  ...[
    'entity_id',
    'series',
    '_field',
    '_measurement',
    'metric',
    'device_id',
    'device',
    'sensor_id',
    'sensor',
  ],
  ...['host', 'instance', 'site_id', 'site', 'room', 'location', 'table'],
];

const DELIMITERS = [',', ';', '\t'];
/** The first line in which spreadsheets name the delimiter. */
export const SPREADSHEET_LINE = /^"?sep=(.)"?$/i;

/** Above a header. */
export const isComment = (cells: readonly string[]): boolean =>
  cells[0]?.trimStart().startsWith('#') ?? false;

/** Below a header, where a cell may also begin with `#`: a line of text, or the lines above InfluxDB's next table. */
export const isRemark = (cells: readonly string[]): boolean =>
  isComment(cells) && (cells.length === 1 || /^#(?:group|datatype|default)$/.test(cells[0] as string));

/** The delimiter with which the text has a usable header; the likeliest one if it has none. */
export function findDelimiter(
  head: string,
  choice: ColumnChoice,
): { delimiter: string } | { problem: string } {
  const told = SPREADSHEET_LINE.exec(head.split(/[\r\n]/, 1)[0] ?? '')?.[1];
  const tried = (told === undefined ? DELIMITERS : [told]).map((delimiter) => {
    const rows = firstRows(head, delimiter).filter((row) => !isBlank(row) && !isSpreadsheetLine(row));
    const found = rows.find((row) => typeof findColumns(row, choice) !== 'string');
    const header = rows.find((row) => !isComment(row)) ?? [];
    return { delimiter, header, usable: found !== undefined && (found === header || isComment(found)) };
  });
  const usable = tried.filter((each) => each.usable);
  if (usable.length > 1) {
    return { problem: 'Expected one delimiter between its cells, got several. Say which with --delimiter' };
  }
  const [best] = usable.length > 0 ? usable : tried.toSorted((a, b) => b.header.length - a.header.length);
  return { delimiter: best?.delimiter ?? ',' };
}

export const isSpreadsheetLine = (row: readonly string[]): boolean => /^"?sep=/i.test(row[0] ?? '');

/** @returns a sentence where the header does not say which columns are meant */
export function findColumns(header: readonly string[], choice: ColumnChoice): Columns | string {
  const names = header.map((name, i) => (i === 0 ? name.replace(/^\s*#/, '') : name).trim());
  const time = findTime(names, choice.timeColumn);
  if (typeof time === 'string') return time;
  const value = findValue(names, choice.column);
  if (typeof value === 'string') return value;
  if (time.includes(value)) return `Expected two columns, got ${quote(names[value])} for times and values`;
  const where: Columns['where'] = [];
  for (const [name, cell] of Object.entries(choice.where ?? {})) {
    const index = findNamed(names, name, '--where');
    if (typeof index === 'string') return index;
    where.push({ index, cell });
  }
  const taken = [...time, value, ...where.map(({ index }) => index)];
  const series = names.flatMap((name, i) =>
    SERIES_NAMES.includes(name.toLowerCase()) && !taken.includes(i) ? [i] : [],
  );
  return { names, time, value, where, series };
}

function findTime(names: readonly string[], typed: string | undefined): number[] | string {
  if (typed !== undefined) {
    const index = findNamed(names, typed, '--time-column');
    return typeof index === 'string' ? index : [index];
  }
  return usualTime(names, '--time-column');
}

/** The columns of times by their usual names. @param flag names them otherwise */
export function usualTime(names: readonly string[], flag: string): number[] | string {
  const known = indexesOf(names, (name) => TIME_NAMES.includes(name));
  if (known.length === 1) return known;
  const [date, time] = ['date', 'time'].map((name) => names.findIndex((each) => each.toLowerCase() === name));
  if (known.length === 2 && known.includes(date ?? -1) && known.includes(time ?? -1)) {
    return [date as number, time as number];
  }
  // pandas writes no name for the index, which usually holds the times.
  const unnamed = indexesOf(names, (name) => name === '');
  if (known.length === 0 && unnamed.length === 1) return unnamed;
  return `Expected one column of times, such as timestamp, got ${listed(names)}. Name it with ${flag}`;
}

function findValue(names: readonly string[], typed: string | undefined): number | string {
  if (typed !== undefined) return findNamed(names, typed, '--column');
  for (const usual of VALUE_NAMES) {
    const found = indexesOf(names, (name) => name === usual);
    if (found.length === 1) return found[0] as number;
    if (found.length > 1) break;
  }
  return `Expected one column of values, such as value, got ${listed(names)}. Name it with --column`;
}

/** A column by name, preferably in the same case, or by number, from 1. */
function findNamed(names: readonly string[], typed: string, flag: string): number | string {
  const exact = names.flatMap((name, i) => (name === typed.trim() ? [i] : []));
  const found = exact.length > 0 ? exact : indexesOf(names, (name) => name === typed.trim().toLowerCase());
  const [index] = found;
  if (index !== undefined && found.length === 1) return index;
  const number = /^\d+$/.test(typed) ? Number(typed) - 1 : -1;
  if (found.length === 0 && number >= 0 && number < names.length) return number;
  const problem =
    found.length > 1 ? `${found.length} of that name: say the number of one` : 'none of that name';
  return `${flag} ${typed}: Expected a column's name or number, got ${problem}, in ${listed(names)}`;
}

const indexesOf = (names: readonly string[], wanted: (name: string) => boolean): number[] =>
  names.flatMap((name, i) => (wanted(name.toLowerCase()) ? [i] : []));

const SHOWN = 12;
const quote = (name = '') => (name === '' ? '""' : shorten(name));

function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${plural(names.length, 'column')}: ${names.slice(0, SHOWN).map(quote).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
