import type { DuckDBConnection } from '@duckdb/node-api';
import { explain } from '../sql/errors.ts';

/** What Athena's TRY catches. */
const CAUGHT = new Set([
  'DIVISION_BY_ZERO',
  'INVALID_CAST_ARGUMENT',
  'INVALID_FUNCTION_ARGUMENT',
  'NUMERIC_VALUE_OUT_OF_RANGE',
]);

/**
 * Runs a query, and runs it again as it is written where that may make a difference: DuckDB's optimizer takes parts of a
 * TRY out of it (constants, and what is computed twice), and then an error comes through that TRY should have caught.
 */
export async function asWritten<T>(
  connection: DuckDBConnection,
  sql: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (!/\btry(?:_cast)?\b/i.test(sql) || !CAUGHT.has(explain(cause).code)) throw cause;
    await connection.run('PRAGMA disable_optimizer');
    return run();
  }
}
