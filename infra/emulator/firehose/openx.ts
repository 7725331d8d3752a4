/**
 * JSON → table row, by the columns of the Glue table, as the OpenX JSON SerDe does it: keys in any case, unknown keys
 * left out, missing ones null.
 *
 * OpenX also reads numbers out of strings (`"5"` → 5), truncates fractions for integer columns, and writes any value
 * into a string column as text. Here such a value is an error of its record: this is stricter than AWS, so that nothing
 * wrong gets into the lake unnoticed.
 */
import { own } from '../base/own.ts';
import { SetupError } from '../base/setup-error.ts';
import type { CatalogColumn, CatalogTable } from '../glue/catalog.ts';

export type RowResult = { row: string } | { problem: string };

/** Gives one row as a line of JSON with the columns' own names, or the problem in AWS' words and the reason. */
export type RowConverter = (document: unknown) => RowResult;

interface ColumnType {
  duckdbType: string;
  /** The value to write, or undefined when it does not fit. */
  convert(value: unknown): string | number | boolean | undefined;
  expected: string;
}

/** JSON can escape half a character; UTF-8, and therefore Parquet, cannot hold it. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const MAX_INT = 2 ** 31 - 1;

const integer = (duckdbType: string, min: number, max: number): ColumnType => ({
  duckdbType,
  // Beyond 2^53 a JSON number is no longer exact in JavaScript; 1.0 and 1e3 are whole.
  convert: (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : undefined,
  expected: `a whole number from ${min} to ${max}`,
});

const COLUMN_TYPES: Record<string, ColumnType> = {
  string: {
    duckdbType: 'VARCHAR',
    convert: (value) => (typeof value === 'string' && !LONE_SURROGATE.test(value) ? value : undefined),
    expected: 'a string of Unicode characters',
  },
  int: integer('INTEGER', -MAX_INT - 1, MAX_INT),
  bigint: integer('BIGINT', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  double: {
    duckdbType: 'DOUBLE',
    convert: (value) => (Number.isFinite(value) ? (value as number) : undefined),
    expected: 'a finite number',
  },
  boolean: {
    duckdbType: 'BOOLEAN',
    convert: (value) => (typeof value === 'boolean' ? value : undefined),
    expected: 'true or false',
  },
  timestamp: {
    duckdbType: 'TIMESTAMP',
    convert: parseOpenXTimestamp,
    expected: 'a UTC time such as 2026-01-31T09:30:00.5Z, 2026-01-31 09:30:00.5, or seconds or ms since 1970',
  },
};

/** @throws SetupError for a column whose type is not supported here */
export function columnType({ name, type }: CatalogColumn): ColumnType {
  const known = own(COLUMN_TYPES, type);
  if (known) return known;
  throw new SetupError(
    `Expected column ${name} to be of type ${Object.keys(COLUMN_TYPES).join(', ')}, got ${type}. ` +
      'The local Firehose converts no other.',
  );
}

export function createRowConverter(table: CatalogTable): RowConverter {
  const columns = table.columns.map((column) => ({
    name: column.name,
    key: column.name.toLowerCase(),
    type: columnType(column),
  }));
  const keys = new Set(columns.map(({ key }) => key));
  return (document) => {
    if (typeof document !== 'object' || document === null || Array.isArray(document)) {
      return { problem: 'Data does not match the schema. Expected a JSON object' };
    }
    const values = new Map<string, unknown>();
    for (const name of Object.keys(document)) {
      const key = name.toLowerCase();
      if (keys.has(key)) values.set(key, (document as Record<string, unknown>)[name]);
    }
    const row: Record<string, unknown> = Object.create(null);
    for (const { name, key, type } of columns) {
      const value = values.get(key);
      if (value === undefined || value === null) continue;
      const converted = type.convert(value);
      if (converted === undefined) {
        return { problem: `Data does not match the schema. ${name}: expected ${type.expected}` };
      }
      row[name] = converted;
    }
    return { row: JSON.stringify(row) };
  };
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;
const SPACED = /^(\d{4})-(\d{1,2})-(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/;
/** Numbers from here on are milliseconds, smaller ones seconds: in seconds this would be the year 5138. */
const FIRST_EPOCH_MS = 100_000_000_000;
/** The last millisecond of the year 9999. */
const MAX_EPOCH_MS = 253_402_300_799_999;

/** `yyyy-MM-dd HH:mm:ss.SSSSSS` in UTC, or undefined for a form that OpenX does not know. */
export function parseOpenXTimestamp(value: unknown): string | undefined {
  if (typeof value === 'number') {
    const epochMs = Math.abs(value) >= FIRST_EPOCH_MS ? value : value * 1000;
    if (!(Math.abs(epochMs) <= MAX_EPOCH_MS)) return undefined;
    return `${new Date(Math.round(epochMs)).toISOString().slice(0, -1).replace('T', ' ')}000`;
  }
  const match = typeof value === 'string' ? (ISO.exec(value) ?? SPACED.exec(value)) : null;
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hours, minutes, seconds, fraction = ''] = match;
  const text = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${hours}:${minutes}:${seconds}.000Z`;
  const date = new Date(text);
  // Date shifts or rejects a day that the calendar does not have, and an hour 24.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== text) return undefined;
  return `${text.slice(0, 19).replace('T', ' ')}.${fraction.slice(0, 6).padEnd(6, '0')}`;
}
