/** Writes a data file: the rows of one day, in the table's order, durable before the table refers to it. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, literal } from '../../base/quote.ts';
import { makeFolder, sync } from '../../state/sync.ts';
import { DATA, type DataFile } from '../query/snapshot.ts';
import type { ChangeableTable } from './target.ts';

/**
 * Rows that are read or skipped together: few enough that a selective query does not read far too many rows, and enough
 * that a file's footer stays small in comparison. DuckDB requires a multiple of 2048.
 */
const ROW_GROUP_ROWS = 20_480;

/** @param rows a DuckDB query with the table's columns */
export async function writeDataFile(
  connection: DuckDBConnection,
  { folder, order }: ChangeableTable,
  day: string,
  rows: string,
): Promise<DataFile> {
  const name = `${day}-${randomUUID()}.parquet`;
  const path = join(folder, DATA, name);
  await makeFolder(join(folder, DATA));
  const format = `FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION V1, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`;
  const result = await connection.run(
    `COPY (SELECT * FROM (${rows}) ORDER BY ${order.map(identifier).join(', ')}) TO ${literal(path)} (${format})`,
  );
  await sync(path);
  await sync(join(folder, DATA));
  return { name, day, rows: result.rowsChanged, bytes: (await stat(path)).size };
}
