/** Hive's types (the catalog), DuckDB's (the engine) and Athena's (the results). */
import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { refuse } from '../sql/refusal.ts';

const HIVE: Record<string, string> = {
  string: 'VARCHAR',
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  int: 'INTEGER',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  timestamp: 'TIMESTAMP',
  date: 'DATE',
};

/** DuckDB's type for a column of the catalog. */
export function fromHiveType(type: string): string {
  const name = type.trim().toLowerCase();
  const array = /^array<(.+)>$/.exec(name);
  if (array) return `${fromHiveType(array[1] ?? '')}[]`;
  if (/^decimal\(\d+,\s*\d+\)$/.test(name)) return name.toUpperCase();
  const known = HIVE[name.replace(/^(?:varchar|char)\(\d+\)$/, 'string')];
  if (!known) throw refuse(`a column of type ${type}`);
  return known;
}

export interface ResultType {
  /** Athena's name, as ColumnInfo.Type has it. */
  name: string;
  precision: number;
  scale: number;
}

const MAX_VARCHAR = 2_147_483_647;
const plain = (name: string, precision = 0, scale = 0): ResultType => ({ name, precision, scale });

const TYPES = new Map<DuckDBTypeId, ResultType>([
  [DuckDBTypeId.BOOLEAN, plain('boolean')],
  [DuckDBTypeId.TINYINT, plain('tinyint', 3)],
  [DuckDBTypeId.SMALLINT, plain('smallint', 5)],
  [DuckDBTypeId.INTEGER, plain('integer', 10)],
  [DuckDBTypeId.BIGINT, plain('bigint', 19)],
  // DuckDB counts and sums in wider types than Athena.
  [DuckDBTypeId.UBIGINT, plain('bigint', 19)],
  [DuckDBTypeId.HUGEINT, plain('bigint', 19)],
  [DuckDBTypeId.FLOAT, plain('float', 17)],
  [DuckDBTypeId.DOUBLE, plain('double', 17)],
  [DuckDBTypeId.VARCHAR, plain('varchar', MAX_VARCHAR)],
  [DuckDBTypeId.DATE, plain('date')],
  [DuckDBTypeId.TIMESTAMP, plain('timestamp', 3)],
  [DuckDBTypeId.TIMESTAMP_MS, plain('timestamp', 3)],
  [DuckDBTypeId.TIMESTAMP_TZ, plain('timestamp with time zone', 3)],
  [DuckDBTypeId.INTERVAL, plain('interval day to second')],
  [DuckDBTypeId.LIST, plain('array')],
  [DuckDBTypeId.MAP, plain('map')],
  [DuckDBTypeId.STRUCT, plain('row')],
  [DuckDBTypeId.SQLNULL, plain('unknown')],
]);

/** Athena's name of the type of a result column. */
export function resultType(type: DuckDBType): ResultType {
  if (type.typeId === DuckDBTypeId.DECIMAL) {
    const { width, scale } = type as unknown as { width: number; scale: number };
    return plain('decimal', width, scale);
  }
  if (type.typeId === DuckDBTypeId.VARCHAR && type.alias?.toUpperCase() === 'JSON') return plain('json');
  const known = TYPES.get(type.typeId);
  if (!known) throw refuse(`a result of type ${type.toString().toLowerCase()}`);
  return known;
}
