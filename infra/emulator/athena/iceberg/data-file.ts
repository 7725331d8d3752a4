/** One data file: the readings of one day, in the order of the trusted layer, on disk before anybody hears of it. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { TRUSTED_ORDER } from '../../../../services/contract/trusted.ts';
import { identifier, literal } from '../../base/quote.ts';
import { DATA, type DataFile } from '../query/snapshot.ts';

/**
 * Rows that are read or skipped together. Small enough that one device's hour does not drag along a hundred other
 * devices, and large enough that a file's footer stays a small part of it. DuckDB wants a multiple of 2048.
 */
const ROW_GROUP_ROWS = 20_480;

const ORDER = TRUSTED_ORDER.map(identifier).join(', ');

/** @param rows a query of DuckDB's, with the table's columns */
export async function writeDataFile(
  connection: DuckDBConnection,
  folder: string,
  day: string,
  rows: string,
): Promise<DataFile> {
  const name = `${day}-${randomUUID()}.parquet`;
  const path = join(folder, DATA, name);
  await mkdir(join(folder, DATA), { recursive: true });
  const format = `FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION V1, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`;
  const result = await connection.run(
    `COPY (SELECT * FROM (${rows}) ORDER BY ${ORDER}) TO ${literal(path)} (${format})`,
  );
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return { name, day, rows: result.rowsChanged, bytes: (await stat(path)).size };
}
