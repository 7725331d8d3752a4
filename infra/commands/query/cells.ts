/** Formats the values of a result for a screen: units, times, aligned numbers. */

import { METRIC_FIELDS, METRICS } from '../../../services/contract/reading.ts';
import { shownNumber } from '../../../services/contract/shown.ts';
import type { Column } from '../../cli/athena-client.ts';
import { plain } from '../../cli/text.ts';

const NUMERIC = new Set(['tinyint', 'smallint', 'integer', 'bigint', 'float', 'real', 'double', 'decimal']);
const FRACTIONAL = new Set(['float', 'real', 'double']);
const DECIMALS = 2;

export const isNumeric = ({ type }: Column): boolean => NUMERIC.has(type);
export const isFractional = ({ type }: Column): boolean => FRACTIONAL.has(type);
export const isTime = ({ type }: Column): boolean => type.startsWith('timestamp');

/** Unit of a column, from its name: `max_temp` and `temperature` are temperatures. Times are UTC. */
export function unitOf(column: Column): string {
  if (isTime(column)) return 'UTC';
  const words = column.name.toLowerCase().split('_');
  const metric = METRICS.find((name) =>
    words.some((word) => word === name || (word === 'temp' && name.startsWith(word))),
  );
  if (metric && isNumeric(column)) return METRIC_FIELDS[metric].unit;
  if (isNumeric(column) && words.includes('minutes')) return 'min';
  return '';
}

/** The cells of one column. Milliseconds and decimals are shown in all rows if any row has them. */
export function formatColumn(column: Column, values: (string | null)[]): string[] {
  if (isTime(column)) return formatTimes(values);
  if (isFractional(column)) return formatFractions(values);
  return values.map((value) => (value === null ? '–' : plain(value)));
}

function formatTimes(values: (string | null)[]): string[] {
  const plain = values.map((value) => value?.replace(/ UTC$/, '') ?? null);
  const wholeSeconds = plain.every((value) => value === null || value.endsWith('.000'));
  return plain.map((value) => (value === null ? '–' : wholeSeconds ? value.replace(/\.000$/, '') : value));
}

function formatFractions(values: (string | null)[]): string[] {
  const finite = values.map((value) => (value === null ? Number.NaN : Number(value)));
  const decimals = Math.max(0, ...finite.map((value) => Math.min(DECIMALS, decimalsOf(value))));
  return values.map((value, i) => {
    const number = finite[i] ?? Number.NaN;
    if (value === null) return '–';
    if (!Number.isFinite(number) || Math.abs(number) >= 1e15) return value;
    const shown = number.toFixed(decimals);
    return Number(shown) === 0 ? String(shownNumber(number) || shown) : shown;
  });
}

function decimalsOf(value: number): number {
  if (!Number.isFinite(value)) return 0;
  return String(Number(value.toFixed(DECIMALS))).split('.')[1]?.length ?? 0;
}
