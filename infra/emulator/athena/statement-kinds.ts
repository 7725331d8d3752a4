/** Kinds of statements, by their first words: all that is known of one before it runs. */
import { singleStatement, syntaxError } from './sql/tokens.ts';

/** As GetQueryExecution.StatementType. */
export type StatementType = 'DML' | 'DDL' | 'UTILITY';

export type Runner = 'select' | 'show' | 'describe' | 'explain' | 'merge' | 'optimize' | 'vacuum' | 'refused';

export interface StatementKind {
  runner: Runner;
  type: StatementType;
  /** Ending of the result file. */
  extension: 'csv' | 'txt';
  /** Changes a table: one such statement at a time, as each starts from what the one before it left. */
  changes?: true;
}

const SELECT: StatementKind = { runner: 'select', type: 'DML', extension: 'csv' };
const changing = (runner: Runner): StatementKind => ({
  runner,
  type: 'DML',
  extension: 'csv',
  changes: true,
});

const KINDS = new Map<string, StatementKind>([
  ['SELECT', SELECT],
  ['WITH', SELECT],
  ['VALUES', SELECT],
  ['(', SELECT],
  ['SHOW', { runner: 'show', type: 'DDL', extension: 'txt' }],
  ['SHOW TABLES', { runner: 'show', type: 'UTILITY', extension: 'txt' }],
  ['DESCRIBE', { runner: 'describe', type: 'DDL', extension: 'txt' }],
  ['DESC', { runner: 'describe', type: 'DDL', extension: 'txt' }],
  ['EXPLAIN', { runner: 'explain', type: 'UTILITY', extension: 'txt' }],
  ['MERGE', changing('merge')],
  ['OPTIMIZE', changing('optimize')],
  ['VACUUM', changing('vacuum')],
]);

export const ANSWERED = 'SELECT, WITH, VALUES, SHOW, DESCRIBE, EXPLAIN, MERGE, OPTIMIZE and VACUUM';

/** What Athena knows besides; of these a query fails, where another word is refused at once. */
const REFUSED =
  /^(CREATE|ALTER|DROP|MSCK|INSERT|UPDATE|DELETE|UNLOAD|PREPARE|EXECUTE|DEALLOCATE|ANALYZE|USE|TABLE)$/;

/** @throws AwsError for what is no single statement; one that Athena alone answers fails when it runs */
export function kindOf(sql: string): StatementKind {
  const { tokens } = singleStatement(sql);
  const [first = '', second] = tokens.map(({ text }) => text.toUpperCase());
  const known = KINDS.get(`${first} ${second}`) ?? KINDS.get(first);
  if (known) return known;
  if (!REFUSED.test(first))
    throw syntaxError(sql, tokens[0]?.at ?? 0, `mismatched input '${tokens[0]?.text}'`);
  const type = /^(CREATE|ALTER|DROP|MSCK)$/.test(first) ? 'DDL' : 'DML';
  return { runner: 'refused', type, extension: 'txt' };
}
