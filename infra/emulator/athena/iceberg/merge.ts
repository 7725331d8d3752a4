/**
 * MERGE INTO that only adds rows: `MERGE INTO t USING (query) s ON condition WHEN NOT MATCHED THEN INSERT (…)
 * VALUES (…)`. It runs as an equivalent SELECT, in the engine that runs every SELECT.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, literal } from '../../base/quote.ts';
import { asWritten } from '../query/as-written.ts';
import { planSelect } from '../query/plan.ts';
import type { ResultFile } from '../query/results.ts';
import type { Progress, Query } from '../query/select.ts';
import { commitSnapshot, readSnapshot } from '../query/snapshot.ts';
import type { Lake } from '../query/tables.ts';
import { refuse } from '../sql/refusal.ts';
import { singleStatement, type Token } from '../sql/tokens.ts';
import { writeDataFile } from './data-file.ts';
import { changeableTable, writeRowCount } from './target.ts';

interface Merge {
  target: Token[];
  columns: string[];
  /** The rows to insert, as a SELECT for Athena. */
  select: string;
}

export async function runMerge(
  connection: DuckDBConnection,
  query: Query,
  lake: Lake,
  path: string,
  progress: Progress,
): Promise<ResultFile> {
  const merge = parseMerge(query.sql);
  const table = changeableTable(merge.target, query, lake);
  const names = merge.columns.map(identifier).join(', ');
  await asWritten(connection, merge.select, async () => {
    const plan = await planSelect(connection, { ...query, sql: merge.select }, lake);
    progress.onPlanned(plan.scannedBytes);
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE fresh AS SELECT * FROM (${plan.sql}) AS fresh(${names})`,
    );
  });
  const day = `strftime(${identifier(table.dayOf)}, '%Y-%m-%d')`;
  const reader = await connection.runAndReadAll(`SELECT DISTINCT ${day} FROM fresh ORDER BY 1`);
  const all = table.columns.map(identifier).join(', ');
  const added = [];
  for (const [value] of reader.getRows()) {
    const of = String(value);
    const rows = `SELECT ${all} FROM fresh WHERE ${day} = ${literal(of)}`;
    added.push(await writeDataFile(connection, table, of, rows));
  }
  const { files } = await readSnapshot(table.folder);
  if (added.length > 0) await commitSnapshot(table.folder, [...files, ...added]);
  return writeRowCount(
    path,
    added.reduce((sum, file) => sum + file.rows, 0),
  );
}

/** @throws QueryError for any other form of MERGE */
function parseMerge(sql: string): Merge {
  const { sql: statement, tokens } = singleStatement(sql);
  const cursor = new Cursor(statement, tokens);
  cursor.words('MERGE', 'INTO');
  const target = cursor.until('USING').filter(({ text }) => text.toUpperCase() !== 'AS');
  const alias = target.length === 2 || target.length === 4 ? target.pop()?.text : undefined;
  cursor.words('USING');
  const source = cursor.parenthesis();
  const sourceAlias = cursor.until('ON').filter(({ text }) => text.toUpperCase() !== 'AS');
  cursor.words('ON');
  const condition = cursor.textUntil('WHEN');
  cursor.words('WHEN', 'NOT', 'MATCHED', 'THEN', 'INSERT');
  const columns = cursor.parenthesis().split(',').map(plainName);
  cursor.words('VALUES');
  const values = cursor.parenthesis();
  cursor.end();
  const [name] = sourceAlias;
  if (alias === undefined || name === undefined || sourceAlias.length > 1)
    throw refuse(`MERGE whose tables have no alias. ${EXPECTED}`);
  const into = target.map(({ text }) => text).join('');
  const select = `SELECT ${values}\nFROM (${source}\n) ${name.text}
WHERE NOT EXISTS (SELECT 1 FROM ${into} ${alias} WHERE ${condition}\n)`;
  return { target, columns, select };
}

const EXPECTED =
  'Expected MERGE INTO table t USING (query) s ON condition WHEN NOT MATCHED THEN INSERT (columns) VALUES (values)';

const plainName = (text: string) => text.trim().replace(/^"|"$/g, '').toLowerCase();

/** Walks over the tokens of a statement. */
class Cursor {
  readonly #sql: string;
  readonly #tokens: Token[];
  #at = 0;

  constructor(sql: string, tokens: Token[]) {
    this.#sql = sql;
    this.#tokens = tokens;
  }

  words(...expected: string[]): void {
    for (const word of expected) {
      if (!this.#is(word)) throw refuse(`MERGE with ${this.#here()} in place of ${word}. ${EXPECTED}`);
      this.#at++;
    }
  }

  until(word: string): Token[] {
    const from = this.#at;
    while (this.#at < this.#tokens.length && !this.#is(word)) this.#at++;
    return this.#tokens.slice(from, this.#at);
  }

  /** Text up to a word outside of parentheses. */
  textUntil(word: string): string {
    const from = this.#offset();
    for (let depth = 0; this.#at < this.#tokens.length; this.#at++) {
      if (depth === 0 && this.#is(word)) break;
      depth += this.#is('(') ? 1 : this.#is(')') ? -1 : 0;
    }
    return this.#sql.slice(from, this.#offset());
  }

  /** Text inside the parentheses that open here. */
  parenthesis(): string {
    this.words('(');
    const from = this.#offset();
    for (let depth = 1; this.#at < this.#tokens.length; this.#at++) {
      depth += this.#is('(') ? 1 : this.#is(')') ? -1 : 0;
      if (depth === 0) break;
    }
    const inside = this.#sql.slice(from, this.#offset());
    this.words(')');
    return inside;
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw refuse(`MERGE with ${this.#here()} behind VALUES. ${EXPECTED}`);
  }

  #is(text: string): boolean {
    return this.#tokens[this.#at]?.text.toUpperCase() === text;
  }

  #here(): string {
    return this.#tokens[this.#at]?.text ?? 'its end';
  }

  #offset(): number {
    return this.#tokens[this.#at]?.at ?? this.#sql.length;
  }
}
