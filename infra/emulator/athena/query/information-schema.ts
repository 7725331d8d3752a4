/** `information_schema.tables`, `.columns` and `.schemata`: the catalog as tables. It does not list itself. */
import { literal } from '../../base/quote.ts';
import type { CatalogTable } from '../../glue/catalog.ts';
import { refuse } from '../sql/refusal.ts';
import { athenaType } from '../sql/type-names.ts';
import { CATALOG_IN_SQL } from './data-catalog.ts';
import { fromHiveType } from './types.ts';

export const INFORMATION_SCHEMA = 'information_schema';

const COLUMNS: Record<string, readonly string[]> = {
  schemata: ['catalog_name', 'schema_name'],
  tables: ['table_catalog', 'table_schema', 'table_name', 'table_type'],
  columns: [
    'table_catalog',
    'table_schema',
    'table_name',
    'column_name',
    'ordinal_position',
    'column_default',
    'is_nullable',
    'data_type',
  ],
};

type Row = (string | number | null)[];

/** The table as a subquery in parentheses. @throws QueryError for another one, which Athena may well have */
export function informationTable(tables: CatalogTable[], name: string): string {
  const columns = COLUMNS[name];
  if (!columns) throw refuse(`${INFORMATION_SCHEMA}.${name}: only ${Object.keys(COLUMNS).join(', ')}`);
  const names = columns.map((column) => `"${column}"`).join(', ');
  const types = columns.map(
    (column) => `CAST(NULL AS ${column === 'ordinal_position' ? 'BIGINT' : 'VARCHAR'})`,
  );
  const values = rows(tables, name).map((row) => `(${row.map(value).join(', ')})`);
  // The typed row in front keeps the columns of a catalog without tables.
  return `(SELECT * FROM (VALUES ${[`(${types.join(', ')})`, ...values].join(', ')}) t(${names}) WHERE "${columns[1]}" IS NOT NULL)`;
}

function rows(tables: CatalogTable[], name: string): Row[] {
  if (name === 'schemata')
    return [...new Set(tables.map(({ database }) => database))].map((one) => [CATALOG_IN_SQL, one]);
  if (name === 'tables')
    return tables.map((table) => [CATALOG_IN_SQL, table.database, table.name, 'BASE TABLE']);
  return tables.flatMap((table) =>
    [...table.columns, ...table.partitionKeys].map((column, i): Row => {
      const type = athenaType(fromHiveType(column.type));
      return [CATALOG_IN_SQL, table.database, table.name, column.name, i + 1, null, 'YES', type];
    }),
  );
}

const value = (one: Row[number]): string =>
  one === null ? 'NULL' : typeof one === 'number' ? String(one) : literal(one);
