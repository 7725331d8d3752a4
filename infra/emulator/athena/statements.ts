/** Who answers each kind of statement. A job that needs another kind adds its runner here. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { describe, show, type Text } from './catalog-statements.ts';
import { runOptimize, runVacuum } from './iceberg/maintenance.ts';
import { runMerge } from './iceberg/merge.ts';
import { planSelect } from './query/plan.ts';
import { type ResultFile, ResultWriter } from './query/results.ts';
import { type Progress, type Query, runSelect } from './query/select.ts';
import type { Lake } from './query/tables.ts';
import { refuse } from './sql/refusal.ts';
import { singleStatement, type Token } from './sql/tokens.ts';
import { ANSWERED, type Runner } from './statement-kinds.ts';

/** Runs a statement: its result goes into a file at `path`. */
export type Run = (
  connection: DuckDBConnection,
  query: Query,
  lake: Lake,
  path: string,
  progress: Progress,
) => Promise<ResultFile>;

export const RUNNERS: Record<Runner, Run> = {
  select: runSelect,
  show: textual((tokens, query, lake) => show(tokens, hiveName(query.database), lake)),
  describe: textual((tokens, query, lake) => describe(tokens, hiveName(query.database), lake)),
  explain: textual(explain),
  merge: runMerge,
  optimize: runOptimize,
  vacuum: runVacuum,
  refused: textual(([first]) => {
    throw refuse(`${first?.text.toUpperCase()} statements: local Athena answers ${ANSWERED}`);
  }),
};

/** Some clients quote the database of the context for Hive. */
const hiveName = (database: string | undefined): string | undefined => database?.replace(/^`(.*)`$/, '$1');

function textual(
  answer: (tokens: Token[], query: Query, lake: Lake, connection: DuckDBConnection) => Text | Promise<Text>,
): Run {
  return async (connection, query, lake, path, progress) => {
    progress.onPlanned(0);
    const { columns, rows } = await answer(singleStatement(query.sql).tokens, query, lake, connection);
    const info = columns.map((name) => ({ name, type: 'string', precision: 0, scale: 0 }));
    const writer = await ResultWriter.create(path, info);
    await writer.write(rows);
    return writer.finish();
  };
}

/** The local engine's plan, not Trino's: what is scanned is the part that both have in common. */
async function explain(
  tokens: Token[],
  query: Query,
  lake: Lake,
  connection: DuckDBConnection,
): Promise<Text> {
  if (/^(ANALYZE|\()$/i.test(tokens[1]?.text ?? '')) throw refuse(`EXPLAIN ${tokens[1]?.text}`);
  const sql = query.sql.slice((tokens[0]?.at ?? 0) + 'EXPLAIN'.length);
  const plan = await planSelect(connection, { ...query, sql }, lake);
  const reader = await connection.runAndReadAll(`EXPLAIN ${plan.sql}`);
  const text = reader.getRows().map((row) => String(row[1]));
  const lines = [
    `Files: ${plan.files.length}`,
    `Bytes to scan: ${plan.scannedBytes}`,
    ...text.join('\n').split('\n'),
  ];
  return { columns: ['Query Plan'], rows: lines.map((line) => [line]) };
}
