/** Values as Athena prints them in result files and in GetQueryResults. */
import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { QueryError, refuse } from '../sql/refusal.ts';

const MAX_BIGINT = 2n ** 63n;

/** Text of a value of this type; null for NULL. */
export function printValue(value: DuckDBValue, type: DuckDBType): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return printNumber(value, type.typeId);
  if (typeof value === 'bigint') return printBigint(value);
  if (value instanceof DuckDBTimestampValue) return timestamp(value.micros);
  if (value instanceof DuckDBTimestampMillisecondsValue) return timestamp(value.millis * 1000n);
  if (value instanceof DuckDBTimestampTZValue) return `${timestamp(value.micros)} UTC`;
  if (value instanceof DuckDBDateValue || value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBIntervalValue) return interval(value);
  if (value instanceof DuckDBListValue && type instanceof DuckDBListType) {
    return `[${value.items.map((item) => nested(item, type.valueType)).join(', ')}]`;
  }
  if (value instanceof DuckDBMapValue && type instanceof DuckDBMapType) {
    const entry = (key: DuckDBValue, item: DuckDBValue) =>
      `${nested(key, type.keyType)}=${nested(item, type.valueType)}`;
    return `{${value.entries.map(({ key, value: item }) => entry(key, item)).join(', ')}}`;
  }
  if (value instanceof DuckDBStructValue && type instanceof DuckDBStructType) {
    // Athena numbers the fields of ROW(1, 'x'); DuckDB folds fields without a name into one.
    if (type.entryNames.includes(''))
      throw refuse('a row without field names: CAST(ROW(…) AS ROW(a integer, …))');
    const fields = Object.entries(value.entries).map(([name, item], i) => {
      const fieldType = type.entryTypes[i];
      return fieldType ? `${name}=${nested(item, fieldType)}` : name;
    });
    return `{${fields.join(', ')}}`;
  }
  throw refuse(`a result of type ${type.toString().toLowerCase()}`);
}

function printNumber(value: number, typeId: DuckDBTypeId): string {
  if (typeId === DuckDBTypeId.DOUBLE) return printDouble(value);
  return typeId === DuckDBTypeId.FLOAT ? printDouble(shortestFloat(value)) : String(value);
}

/** The double with the fewest digits that is this 32-bit float: 0.1, and not 0.10000000149011612. */
function shortestFloat(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return value;
}

const nested = (value: DuckDBValue, type: DuckDBType): string => printValue(value, type) ?? 'null';

function printBigint(value: bigint): string {
  if (value < MAX_BIGINT && value >= -MAX_BIGINT) return String(value);
  throw new QueryError('NUMERIC_VALUE_OUT_OF_RANGE', `bigint overflow: ${value}`);
}

/** A double as Java prints it: `30.0`, `1.0E7`, `1.0E-4`. */
function printDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const plain = String(value);
    return plain.includes('.') ? plain : `${plain}.0`;
  }
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** `2024-03-10 01:45:59.999`: Athena's timestamps have milliseconds. */
function timestamp(micros: bigint): string {
  const ms = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const iso = new Date(Number(ms)).toISOString();
  // Java writes as many digits of a year as it has, and at least four.
  return iso
    .replace('T', ' ')
    .slice(0, -1)
    .replace(/^([-+])0{1,2}(?=\d{4})/, '$1');
}

/** `1 02:03:04.000`: days, then time. */
function interval({ months, days, micros }: DuckDBIntervalValue): string {
  if (months !== 0) throw refuse('an interval of months as a result');
  const total = BigInt(days) * 86_400_000n + micros / 1000n;
  const size = total < 0n ? -total : total;
  const pad = (part: bigint, width = 2) => String(part).padStart(width, '0');
  const time = `${pad((size / 3_600_000n) % 24n)}:${pad((size / 60_000n) % 60n)}:${pad((size / 1000n) % 60n)}`;
  return `${total < 0n ? '-' : ''}${size / 86_400_000n} ${time}.${pad(size % 1000n, 3)}`;
}
