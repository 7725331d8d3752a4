/** Athena's SQL as a tree, and where its parts stand in the text. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Node, parseTree, text } from '../sql/ast.ts';
import { QueryError, refuse } from '../sql/refusal.ts';
import { isName, type Parseable, quoting, toParseable } from '../sql/syntax.ts';
import { unreadable } from '../sql/token-checks.ts';
import { singleStatement, syntaxError, type Token } from '../sql/tokens.ts';

export interface ParsedSelect {
  tree: Node;
  /** Where a node stands, `line:column`; of two that read the same, where the first does. Empty where unknown. */
  placeOf(node: Node): string;
}

/** What was parsed when it came, until it runs: a tree is used once, as planning changes it. */
let ahead: { sql: string; parsed: ParsedSelect } | undefined;

/** As {@link parseSelect}, which then need not do it again. */
export async function parseAhead(connection: DuckDBConnection, sql: string): Promise<void> {
  ahead = { sql, parsed: await parseNow(connection, sql) };
}

/** @throws AwsError where it is no SQL, QueryError where only this engine cannot read it */
export async function parseSelect(connection: DuckDBConnection, sql: string): Promise<ParsedSelect> {
  if (ahead?.sql !== sql) return parseNow(connection, sql);
  const { parsed } = ahead;
  ahead = undefined;
  return parsed;
}

async function parseNow(connection: DuckDBConnection, sql: string): Promise<ParsedSelect> {
  const { sql: statement, tokens } = singleStatement(sql);
  const quoted = new Set<Token>();
  let first: Failure | undefined;
  for (;;) {
    const parseable = toParseable(statement, tokens, [...quoted].map(quoting));
    const tree = parseTree(await serialize(connection, parseable.sql));
    if (tree.error !== true) return { tree, placeOf: places(sql, parseable) };
    const failure = failureOf(tree, parseable);
    first ??= failure;
    const keyword = unreadable(tokens) ? undefined : stumbledOver(tokens, failure.at);
    if (!keyword || quoted.has(keyword)) throw first.error(sql, tokens);
    quoted.add(keyword);
  }
}

/** The engine's tree of a query, as JSON. */
export async function serialize(connection: DuckDBConnection, sql: string): Promise<string> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  return String(reader.getRows()[0]?.[0]);
}

interface Failure {
  /** Offset in the statement. */
  at: number;
  error(sql: string, tokens: Token[]): Error;
}

function failureOf(tree: Node, parseable: Parseable): Failure {
  const at = parseable.origin(Number(tree.position ?? 0));
  const message = text(tree.error_message);
  const [, word] = /^syntax error at (?:or near "([\s\S]*)"|end of input)/.exec(message) ?? [];
  const syntax = message.startsWith('syntax error');
  return {
    at,
    error: (sql, tokens) =>
      unreadable(tokens) ??
      twice(message) ??
      (syntax
        ? syntaxError(sql, at, `mismatched input '${word ?? '<EOF>'}'`)
        : refuse(TOO_DEEP.test(message) ? 'a query that is nested so deep' : `the query: ${message}`)),
  };
}

const TOO_DEEP = /^(?:memory exhausted|Max expression depth)/;

function twice(message: string): QueryError | undefined {
  const [, name] = /^Duplicate CTE name "(.*)"/.exec(message) ?? [];
  return name === undefined
    ? undefined
    : new QueryError('DUPLICATE_NAMED_QUERY', `WITH query name '${name}' specified more than once`);
}

/** A word at the place, or before it, that is a keyword to DuckDB and a name to Athena. */
function stumbledOver(tokens: Token[], at: number): Token | undefined {
  const here = tokens.findIndex((token) => token.at >= at);
  return [tokens[here], tokens[here < 0 ? tokens.length - 1 : here - 1]].find(isName);
}

/** Structurally equal parts share a place: a check must not make them differ, or GROUP BY would not know them again. */
function places(sql: string, parseable: Parseable): ParsedSelect['placeOf'] {
  const known = new Map<string, string>();
  return (node) => {
    const key = JSON.stringify(node, (name, value) => (name === 'query_location' ? undefined : value));
    const found = known.get(key) ?? lineAndColumn(sql, node, parseable);
    known.set(key, found);
    return found;
  };
}

function lineAndColumn(sql: string, node: Node, parseable: Parseable): string {
  if (typeof node.query_location !== 'number') return '';
  const before = sql.slice(0, parseable.origin(node.query_location)).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
