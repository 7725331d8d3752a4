/**
 * Kinds of statements, and who answers each. What is not here is refused: a job that needs another kind (compaction)
 * adds it to {@link STATEMENTS}, with its own runner.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { runOptimize, runVacuum } from './iceberg/maintenance.ts';
import { runMerge } from './iceberg/merge.ts';
import { parseSelect, planSelect } from './query/plan.ts';
import { type ResultFile, ResultWriter, type Row } from './query/results.ts';
import { type Progress, type Query, runSelect } from './query/select.ts';
import { type Lake, resolveTable } from './query/tables.ts';
import { QueryError, refuse } from './sql/refusal.ts';
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

const STATEMENTS: Record<string, Statement> = {
  SELECT,
  WITH: SELECT,
  VALUES: SELECT,
  '(': SELECT,
  SHOW: { type: 'DDL', extension: 'txt', run: textual(show) },
  DESCRIBE: { type: 'DDL', extension: 'txt', run: textual(describe) },
  DESC: { type: 'DDL', extension: 'txt', run: textual(describe) },
  EXPLAIN: { type: 'UTILITY', extension: 'txt', run: textual(explain) },
  MERGE: { type: 'DML', extension: 'csv', run: runMerge },
  OPTIMIZE: { type: 'DML', extension: 'csv', run: runOptimize },
  VACUUM: { type: 'DML', extension: 'csv', run: runVacuum },
};

const ANSWERED = 'SELECT, WITH, VALUES, SHOW, DESCRIBE, EXPLAIN, MERGE, OPTIMIZE and VACUUM';

/** What Athena knows besides; of these a query fails, where another word is refused at once. */
const REFUSED =
  /^(CREATE|ALTER|DROP|MSCK|INSERT|UPDATE|DELETE|UNLOAD|PREPARE|EXECUTE|DEALLOCATE|ANALYZE|USE)$/;

/** @throws AwsError for what is no single statement; one that Athena alone answers fails when it runs */
export function statementOf(sql: string): Statement {
  const { tokens } = singleStatement(sql);
  const [first] = tokens;
  const word = first?.text.toUpperCase() ?? '';
  const known = STATEMENTS[word];
  if (known) return known;
  if (!REFUSED.test(word)) throw syntaxError(sql, first?.at ?? 0, `mismatched input '${first?.text}'`);
  return {
    type: /^(CREATE|ALTER|DROP|MSCK)$/.test(word) ? 'DDL' : 'DML',
    extension: 'txt',
    run: () => Promise.reject(refuse(`${word} statements: local Athena answers ${ANSWERED}`)),
  };
}

interface Text {
  columns: string[];
  rows: Row[];
}

type TextRunner = (
  tokens: Token[],
  query: Query,
  lake: Lake,
  connection: DuckDBConnection,
) => Text | Promise<Text>;

function textual(answer: TextRunner): Statement['run'] {
  return async (connection, query, lake, path, progress) => {
    progress.onPlanned(0);
    const { columns, rows } = await answer(singleStatement(query.sql).tokens, query, lake, connection);
    const info = columns.map((name) => ({ name, type: 'string', precision: 0, scale: 0 }));
    const writer = await ResultWriter.create(path, info);
    await writer.write(rows);
    return writer.finish();
  };
}

const plainName = (token: Token | undefined): string => token?.text.replace(/^"|"$|^`|`$/g, '') ?? '';

/** `[database.]table` at the end of a statement. */
function tableAt(tokens: Token[], index: number, query: Query, lake: Lake) {
  const rest = tokens.slice(index);
  if (rest.length !== 1 && !(rest.length === 3 && rest[1]?.text === '.')) {
    throw new QueryError('SYNTAX_ERROR', `Expected one table name at the end of: ${query.sql}`);
  }
  const [schema, name] =
    rest.length === 3 ? [plainName(rest[0]), plainName(rest[2])] : ['', plainName(rest[0])];
  return resolveTable(lake.tables, query.database, { schema_name: schema, table_name: name });
}

function show(tokens: Token[], query: Query, lake: Lake): Text {
  const [, what, preposition] = tokens.map((token) => token.text.toUpperCase());
  const connected = preposition === 'IN' || preposition === 'FROM';
  if (what === 'DATABASES' || what === 'SCHEMAS') {
    const names = [...new Set(lake.tables.map((table) => table.database))].sort();
    return { columns: ['database_name'], rows: names.map((name) => [name]) };
  }
  if (what === 'TABLES') {
    const database = (connected ? plainName(tokens[3]) : query.database)?.toLowerCase();
    const names = lake.tables
      .filter((table) => table.database.toLowerCase() === database)
      .map(({ name }) => name);
    return { columns: ['tab_name'], rows: names.sort().map((name) => [name]) };
  }
  if (what === 'COLUMNS' && connected) {
    const table = tableAt(tokens, 3, query, lake);
    return { columns: ['field'], rows: [...table.columns, ...table.partitionKeys].map(({ name }) => [name]) };
  }
  if (what === 'PARTITIONS') {
    // Athena lists registered partitions, and a projected table has none.
    tableAt(tokens, 2, query, lake);
    return { columns: ['partition'], rows: [] };
  }
  throw refuse(`SHOW ${what ?? ''}`);
}

function describe(tokens: Token[], query: Query, lake: Lake): Text {
  const table = tableAt(tokens, 1, query, lake);
  const row = ({ name, type, comment }: { name: string; type: string; comment: string }): Row => [
    name,
    type,
    comment,
  ];
  const partitions: Row[] =
    table.partitionKeys.length === 0
      ? []
      : [
          ['', '', ''],
          ['# Partition Information', '', ''],
          ['# col_name', 'data_type', 'comment'],
          ['', '', ''],
        ];
  return {
    columns: ['col_name', 'data_type', 'comment'],
    rows: [
      ...[...table.columns, ...table.partitionKeys].map(row),
      ...partitions,
      ...table.partitionKeys.map(row),
    ],
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
