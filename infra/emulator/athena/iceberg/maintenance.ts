/** OPTIMIZE merges files, VACUUM deletes files that are not used. Neither changes the result of a query. */
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../../base/quote.ts';
import type { ResultFile } from '../query/results.ts';
import type { Progress, Query } from '../query/select.ts';
import { commitSnapshot, DATA, type DataFile, readSnapshot } from '../query/snapshot.ts';
import type { Lake } from '../query/tables.ts';
import { refuse } from '../sql/refusal.ts';
import { singleStatement } from '../sql/tokens.ts';
import { writeDataFile } from './data-file.ts';
import { type ChangeableTable, changeableTable, writeRowCount } from './target.ts';

/** A query that is running may still read files that have left the table. */
const RETENTION_MS = 3_600_000;

/** `OPTIMIZE table REWRITE DATA USING BIN_PACK`: one sorted file a day. */
export async function runOptimize(
  connection: DuckDBConnection,
  query: Query,
  lake: Lake,
  path: string,
  progress: Progress,
): Promise<ResultFile> {
  const { tokens } = singleStatement(query.sql);
  const at = tokens.findIndex(({ text }) => text.toUpperCase() === 'REWRITE');
  const rest = tokens.slice(at).map(({ text }) => text.toUpperCase());
  if (at < 0 || rest.join(' ') !== 'REWRITE DATA USING BIN_PACK') {
    throw refuse('OPTIMIZE other than OPTIMIZE table REWRITE DATA USING BIN_PACK');
  }
  const table = changeableTable(tokens.slice(1, at), query, lake);
  const { files } = await readSnapshot(table.folder);
  const scattered = [...new Set(files.map(({ day }) => day))]
    .map((day) => ({ day, files: files.filter((file) => file.day === day) }))
    .filter((one) => one.files.length > 1);
  progress.onPlanned(scattered.flatMap((one) => one.files).reduce((sum, { bytes }) => sum + bytes, 0));
  let rows = 0;
  for (const one of scattered) rows += await rewriteDay(connection, table, one.day, one.files);
  return writeRowCount(path, rows);
}

async function rewriteDay(
  connection: DuckDBConnection,
  table: ChangeableTable,
  day: string,
  old: DataFile[],
): Promise<number> {
  const { folder } = table;
  const paths = old.map(({ name }) => literal(join(folder, DATA, name)));
  const source = `SELECT * FROM read_parquet([${paths.join(', ')}], union_by_name = true)`;
  const file = await writeDataFile(connection, table, day, source);
  const expected = old.reduce((sum, { rows }) => sum + rows, 0);
  if (file.rows !== expected)
    throw new Error(`Expected ${expected} rows of ${day}, rewrote ${file.rows}: left as it was`);
  const { files } = await readSnapshot(folder);
  await commitSnapshot(folder, [...files.filter((one) => one.day !== day), file]);
  return file.rows;
}

/** `VACUUM table`: deletes files that are not in the snapshot, left by a rewrite or by a job that did not finish. */
export async function runVacuum(
  _connection: DuckDBConnection,
  query: Query,
  lake: Lake,
  path: string,
  progress: Progress,
): Promise<ResultFile> {
  const { folder } = changeableTable(singleStatement(query.sql).tokens.slice(1), query, lake);
  progress.onPlanned(0);
  const needed = new Set((await readSnapshot(folder)).files.map(({ name }) => name));
  const unneeded = (await list(join(folder, DATA))).filter((name) => !needed.has(name));
  let deleted = 0;
  for (const name of unneeded) {
    const file = join(folder, DATA, name);
    if (lake.now - (await stat(file)).mtimeMs < RETENTION_MS) continue;
    await unlink(file);
    deleted++;
  }
  return writeRowCount(path, deleted);
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
