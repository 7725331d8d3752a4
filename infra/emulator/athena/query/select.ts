/** Runs a SELECT: from the plan to the result file. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { refuse } from '../sql/refusal.ts';
import { asWritten } from './as-written.ts';
import { columnName, planSelect } from './plan.ts';
import { type ResultFile, ResultWriter } from './results.ts';
import type { Lake } from './tables.ts';
import { resultType } from './types.ts';
import { printValue } from './values.ts';

export interface Query {
  sql: string;
  database: string | undefined;
  /** Values of `?`, each an expression. */
  parameters: string[];
}

export interface Progress {
  /** Called before a byte is read: what the query will scan. Throws to forbid it. */
  onPlanned(scannedBytes: number): void;
  /** More than that a result may not have. */
  resultBytes: number;
}

export const runSelect = (
  connection: DuckDBConnection,
  query: Query,
  lake: Lake,
  path: string,
  progress: Progress,
): Promise<ResultFile> =>
  asWritten(connection, query.sql, () => answer(connection, query, lake, path, progress));

async function answer(
  connection: DuckDBConnection,
  query: Query,
  lake: Lake,
  path: string,
  progress: Progress,
): Promise<ResultFile> {
  const plan = await planSelect(connection, query, lake);
  progress.onPlanned(plan.scannedBytes);
  await connection.run('BEGIN');
  try {
    return await writeResult(connection, plan.sql, path, progress.resultBytes);
  } finally {
    // It wrote nothing. An error here is one of the query's, too.
    await connection.run('ROLLBACK').catch(() => undefined);
  }
}

async function writeResult(
  connection: DuckDBConnection,
  sql: string,
  path: string,
  maxBytes: number,
): Promise<ResultFile> {
  const result = await connection.stream(sql);
  const types = result.columnTypes();
  const columns = result.columnNames().map((name, i) => {
    const type = types[i];
    if (!type) throw new Error(`No type for ${name}`);
    return { ...resultType(type), type: resultType(type).name, name: columnName(name, i) };
  });
  const writer = await ResultWriter.create(path, columns, maxBytes);
  try {
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      const rows = chunk
        .getRows()
        .map((row) => row.map((value, i) => (types[i] ? printValue(value, types[i]) : null)));
      await writer.write(rows);
    }
    await confirmEnd(connection, sql, columns.length);
    return await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/**
 * The rows of a stream end at an error as they do at the end, and the error is not told. But it has aborted the
 * transaction, and shows itself when the query is run once more for nothing but its error.
 */
async function confirmEnd(connection: DuckDBConnection, sql: string, width: number): Promise<void> {
  const intact = await connection.run('SELECT 1').then(
    () => true,
    () => false,
  );
  if (intact) return;
  await connection.run('ROLLBACK');
  const names = Array.from({ length: width }, (_, i) => `c${i}`).join(', ');
  await connection.run(`SELECT bit_xor(hash(athena_row)) FROM (${sql}) AS athena_row(${names})`);
  throw refuse('a query whose rows could not be read to their end');
}
