/**
 * Kinds of statements, and who answers each. What is not here is refused: a job that needs another kind (compaction)
 * adds it to {@link STATEMENTS}, with its own runner.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { describe, show, type Text } from './catalog-statements.ts';
import { runOptimize, runVacuum } from './iceberg/maintenance.ts';
import { runMerge } from './iceberg/merge.ts';
import { parseSelect } from './query/parse.ts';
import { planSelect } from './query/plan.ts';
import { type ResultFile, ResultWriter } from './query/results.ts';
import { type Progress, type Query, runSelect } from './query/select.ts';
import type { Lake } from './query/tables.ts';
import { refuse } from './sql/refusal.ts';
import { singleStatement, syntaxError, type Token } from './sql/tokens.ts';

/** As GetQueryExecution.StatementType. */
export type StatementType = 'DML' | 'DDL' | 'UTILITY';

export interface Statement {
  type: StatementType;
  /** What StartQueryExecution looks at. @throws AwsError at what is no SQL */
  check?(connection: DuckDBConnection, sql: string): Promise<unknown>;
  /** Ending of the result file. */
  extension: 'csv' | 'txt';
  run(
    connection: DuckDBConnection,
    query: Query,
    lake: Lake,
    path: string,
    progress: Progress,
  ): Promise<ResultFile>;
}

const SELECT: Statement = { type: 'DML', extension: 'csv', check: parseSelect, run: runSelect };

const SHOW = textual((tokens, query, lake) => show(tokens, query.database, lake));
const DESCRIBE = textual((tokens, query, lake) => describe(tokens, query.database, lake));

const STATEMENTS: Record<string, Statement> = {
  SELECT,
  WITH: SELECT,
  VALUES: SELECT,
  '(': SELECT,
  SHOW: { type: 'DDL', extension: 'txt', run: SHOW },
  'SHOW TABLES': { type: 'UTILITY', extension: 'txt', run: SHOW },
  DESCRIBE: { type: 'DDL', extension: 'txt', run: DESCRIBE },
  DESC: { type: 'DDL', extension: 'txt', run: DESCRIBE },
  EXPLAIN: { type: 'UTILITY', extension: 'txt', run: textual(explain) },
  MERGE: { type: 'DML', extension: 'csv', run: runMerge },
  OPTIMIZE: { type: 'DML', extension: 'csv', run: runOptimize },
  VACUUM: { type: 'DML', extension: 'csv', run: runVacuum },
};

const ANSWERED = 'SELECT, WITH, VALUES, SHOW, DESCRIBE, EXPLAIN, MERGE, OPTIMIZE and VACUUM';

/** What Athena knows besides; of these a query fails, where another word is refused at once. */
const REFUSED =
  /^(CREATE|ALTER|DROP|MSCK|INSERT|UPDATE|DELETE|UNLOAD|PREPARE|EXECUTE|DEALLOCATE|ANALYZE|USE|TABLE)$/;

/** @throws AwsError for what is no single statement; one that Athena alone answers fails when it runs */
export function statementOf(sql: string): Statement {
  const { tokens } = singleStatement(sql);
  const [first] = tokens;
  const word = first?.text.toUpperCase() ?? '';
  const known = [`${word} ${tokens[1]?.text.toUpperCase()}`, word].find((key) =>
    Object.hasOwn(STATEMENTS, key),
  );
  if (known !== undefined && STATEMENTS[known]) return STATEMENTS[known];
  if (!REFUSED.test(word)) throw syntaxError(sql, first?.at ?? 0, `mismatched input '${first?.text}'`);
  return {
    type: /^(CREATE|ALTER|DROP|MSCK)$/.test(word) ? 'DDL' : 'DML',
    extension: 'txt',
    run: () => Promise.reject(refuse(`${word} statements: local Athena answers ${ANSWERED}`)),
  };
}

function textual(
  answer: (tokens: Token[], query: Query, lake: Lake, connection: DuckDBConnection) => Text | Promise<Text>,
): Statement['run'] {
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
