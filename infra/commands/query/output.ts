/** A result for machines: CSV and JSON, on stdout. */
import type { QueryResult } from '../../cli/athena-client.ts';
import { isNumeric } from './cells.ts';

type Result = Pick<QueryResult, 'columns' | 'rows'>;

/** RFC 4180 with line feeds; NULL is an empty field, empty text is `""`. */
export function toCsv({ columns, rows }: Result): string {
  const field = (value: string | null) => {
    if (value === null) return '';
    return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  };
  return [columns.map(({ name }) => name), ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}

/** An array of objects. Numbers, unless JSON would round them, and booleans keep their type; the rest is text. */
export function toJson({ columns, rows }: Result): string {
  const seen = new Map<string, number>();
  const keys = columns.map(({ name }) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  });
  const objects = rows.map((row) =>
    Object.fromEntries(keys.map((key, i) => [key, jsonValue(row[i] ?? null, columns[i]?.type ?? '')])),
  );
  return `${JSON.stringify(objects, null, 2)}\n`;
}

function jsonValue(value: string | null, type: string): unknown {
  if (value === null) return null;
  if (type === 'boolean') return value === 'true';
  if (!isNumeric({ name: '', type })) return value;
  const number = Number(value);
  const exact =
    Number.isFinite(number) && (type !== 'bigint' || Number.isSafeInteger(number)) && type !== 'decimal';
  return exact ? number : value;
}
