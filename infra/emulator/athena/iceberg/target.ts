/** What statements that change a table have in common: which table, and how many rows. */

import type { CatalogTable } from '../../glue/catalog.ts';
import { type ResultFile, ResultWriter } from '../query/results.ts';
import type { Query } from '../query/select.ts';
import { hasSnapshots } from '../query/snapshot.ts';
import { type Lake, resolveTable } from '../query/tables.ts';
import { refuse } from '../sql/refusal.ts';
import type { Token } from '../sql/tokens.ts';

/**
 * The table that `[database.]table` names.
 * @throws QueryError where there is none, or one that Athena could not change either
 */
export function trustedTable(name: Token[], query: Query, lake: Lake): CatalogTable {
  const parts = name.filter(({ text }) => text !== '.').map(({ text }) => text.replace(/^"|"$/g, ''));
  const [last = ''] = parts.slice(-1);
  const table = resolveTable(lake.tables, query.database, {
    schema_name: parts.length > 1 ? (parts.at(-2) ?? '') : '',
    table_name: last,
  });
  if (!hasSnapshots(table)) throw refuse(`Changing ${last}, which is no Iceberg table`);
  return table;
}

/** Athena answers such statements with the number of rows. */
export async function writeRowCount(path: string, rows: number): Promise<ResultFile> {
  const writer = await ResultWriter.create(path, [{ name: 'rows', type: 'bigint', precision: 19, scale: 0 }]);
  await writer.write([[String(rows)]]);
  return writer.finish();
}
