/** Sparklines under a result that is a time series: rows in order of time, one series or one per name. */
import type { Column, QueryResult } from '../../cli/athena-client.ts';
import { formatColumn, isFractional, isTime, unitOf } from './cells.ts';

const BARS = [...'▁▂▃▄▅▆▇█'];
const MIN_POINTS = 3;
const MAX_WIDTH = 48;
/** With more series than this, only the table is shown. */
const MAX_SERIES = 8;

type Rows = QueryResult['rows'];

interface Series {
  label: string;
  values: number[];
}

/**
 * Lines such as `temperature  ▁▂▅█▃  21.4 to 88.0 °C`. Empty text where the result is not a time series: its first
 * column is not a time, or its rows are not in order of it. One series gets a line for each quantity. Several, told
 * apart by the columns of text (a device is one of its site), get a line each, of the first quantity that is a mean.
 */
export function renderSparklines({ columns, rows }: Pick<QueryResult, 'columns' | 'rows'>): string {
  const [time] = columns;
  if (!time || !(isTime(time) || isHours(rows))) return '';
  const names = columns.flatMap((column, i) => (i > 0 && column.type === 'varchar' ? [i] : []));
  const quantities = columns.flatMap((column, i) => (isFractional(column) ? [i] : []));
  const nameOf = (row: Rows[number]) => names.map((i) => row[i] ?? '–').join(' ');
  const isOne = new Set(rows.map(nameOf)).size <= 1;
  const series = isOne ? drawable(columns, rows, quantities) : grouped(columns, rows, nameOf, quantities);
  const drawn = series.filter(({ values }) => values.length >= MIN_POINTS);
  if (drawn.length === 0 || drawn.length > MAX_SERIES) return '';
  const width = Math.max(...drawn.map(({ label }) => label.length));
  return drawn.map((one) => line(one, one.column, width)).join('');
}

/** Hours as in the lake: `2026-01-31 09`. */
const isHours = (rows: Rows) =>
  rows.length > 0 && rows.every(([value]) => /^\d{4}-\d{2}-\d{2} \d{2}$/.test(value ?? ''));

/** Whether every time is later than the one before. */
const single = (rows: Rows) => rows.every(([at], i) => i === 0 || (at ?? '') > (rows[i - 1]?.[0] ?? ''));

const numbers = (rows: Rows, column: number): number[] =>
  rows.flatMap((row) => {
    const value = row[column];
    return value === null || value === undefined || !Number.isFinite(Number(value)) ? [] : [Number(value)];
  });

/** A line for each quantity of one series. */
const drawable = (columns: Column[], rows: Rows, quantities: number[], prefix = '') =>
  single(rows)
    ? quantities.map((i) => ({
        label: `${prefix}${columns[i]?.name}`,
        column: columns[i],
        values: numbers(rows, i),
      }))
    : [];

/** A line for each series. */
function grouped(columns: Column[], rows: Rows, nameOf: (row: Rows[number]) => string, quantities: number[]) {
  const quantity = quantities.find((i) => columns[i]?.name.startsWith('avg')) ?? quantities[0];
  if (quantity === undefined) return [];
  const groups = [...groupBy(rows, nameOf)];
  return groups.flatMap(([name, own]) => drawable(columns, own, [quantity], `${name} `));
}

function groupBy<T>(items: T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

function line({ label, values }: Series, column: Column | undefined, width: number): string {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const [from, to] = column ? formatColumn(column, [String(low), String(high)]) : [];
  const unit = column ? unitOf(column) : '';
  return `${label.padEnd(width)}  ${sparkline(values)}  ${from} to ${to}${unit ? ` ${unit}` : ''}\n`;
}

/** Values as bars between the minimum and the maximum. Many values are reduced by their maxima, so that peaks show. */
export function sparkline(values: number[], maxWidth = MAX_WIDTH): string {
  const width = Math.min(values.length, maxWidth);
  const points = Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * values.length) / width);
    const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / width));
    return Math.max(...values.slice(from, to));
  });
  const low = Math.min(...points);
  const span = Math.max(...points) - low;
  return points
    .map((value) => BARS[span === 0 ? 0 : Math.round(((value - low) / span) * (BARS.length - 1))])
    .join('');
}
