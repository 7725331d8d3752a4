/** The table that a statement changes, and its answer. */
import { s3Folder } from '../query/projection.ts';
import { type ResultFile, ResultWriter } from '../query/results.ts';
import type { Query } from '../query/select.ts';
import { hasSnapshots } from '../query/snapshot.ts';
import { type Lake, resolveTable } from '../query/tables.ts';
import { refuse } from '../sql/refusal.ts';
import type { Token } from '../sql/tokens.ts';

/** A table that statements can change. */
export interface ChangeableTable {
  /** Absolute path. */
  folder: string;
  columns: string[];
  /** Timestamp column: each file holds the rows of one of its days. */
  dayOf: string;
  /** Columns by which the rows of a file are sorted. */
  order: string[];
}

/**
 * The table that `[database.]table` names.
 * @throws QueryError where there is none, or one that cannot be changed here
 */
export function changeableTable(name: Token[], query: Query, lake: Lake): ChangeableTable {
  const parts = name.filter(({ text }) => text !== '.').map(({ text }) => text.replace(/^"|"$/g, ''));
  const [last = ''] = parts.slice(-1);
  const table = resolveTable(lake.tables, query.database, {
    schema_name: parts.length > 1 ? (parts.at(-2) ?? '') : '',
    table_name: last,
  });
  if (!hasSnapshots(table)) throw refuse(`Changing ${last}, which is not an Iceberg table`);
  const { partitioned_by: partition = '', sorted_by: order } = table.parameters;
  const dayOf = /^day\((\w+)\)$/.exec(partition)?.[1];
  if (dayOf === undefined || order === undefined) {
    throw refuse(`Changing ${last} without the parameters partitioned_by, such as day(at), and sorted_by`);
  }
  return {
    folder: s3Folder(lake.s3Root, table.location),
    columns: table.columns.map((column) => column.name),
    dayOf,
    order: order.split(','),
  };
}

/** The answer to such a statement is the number of rows. */
export async function writeRowCount(path: string, rows: number): Promise<ResultFile> {
  const writer = await ResultWriter.create(path, [{ name: 'rows', type: 'bigint', precision: 19, scale: 0 }]);
  await writer.write([[String(rows)]]);
  return writer.finish();
}
