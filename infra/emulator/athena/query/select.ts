/** Runs a SELECT: from the plan to the result file. */
import type { DuckDBConnection } from '@duckdb/node-api';
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
  const result = await connection.stream(plan.sql);
  const types = result.columnTypes();
  const columns = result.columnNames().map((name, i) => {
    const type = types[i];
    if (!type) throw new Error(`No type for ${name}`);
    return { ...resultType(type), type: resultType(type).name, name: columnName(name, i) };
  });
  const writer = await ResultWriter.create(path, columns);
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
    return await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}
