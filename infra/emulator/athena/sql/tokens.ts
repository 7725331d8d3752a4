/** Athena SQL as tokens: what a statement is, whether it is just one, and the syntax that DuckDB's parser lacks. */
import { AwsError } from '../../wire/aws-error.ts';
import { refuse } from './refusal.ts';

export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'parameter';
  text: string;
  /** Offset in the statement. */
  at: number;
}

const PATTERN =
  /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*")|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_][A-Za-z0-9_$]*)|(?<parameter>\?)|(?<symbol>\|\||->|=>|<>|!=|<=|>=|[-+*/%=<>()[\],.;])/y;

/**
 * Tokens without white space and comments.
 * @throws AwsError as Athena gives for text that is not SQL
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < sql.length) {
    const at = PATTERN.lastIndex;
    const match = PATTERN.exec(sql);
    if (!match?.groups) throw syntaxError(sql, at, `unexpected ${JSON.stringify(sql.slice(at, at + 10))}`);
    if (match.groups.space !== undefined) continue;
    const kind = Object.keys(match.groups).find((key) => match.groups?.[key] !== undefined) as Token['kind'];
    tokens.push({ kind, text: match[0], at });
  }
  return tokens;
}

/** Athena refuses a statement that does not parse at once, with the position. */
export function syntaxError(sql: string, at: number, what: string): AwsError {
  const before = sql.slice(0, at).split('\n');
  const line = before.length;
  const column = (before.at(-1)?.length ?? 0) + 1;
  return new AwsError('InvalidRequestException', `line ${line}:${column}: ${what}`);
}

/** One statement without its final semicolon. */
export function singleStatement(sql: string): { sql: string; tokens: Token[] } {
  const tokens = tokenize(sql);
  const end = tokens.findIndex((token) => token.text === ';');
  const rest = end < 0 ? [] : tokens.slice(end).filter((token) => token.text !== ';');
  if (rest.length > 0) {
    throw new AwsError('InvalidRequestException', `Only one sql statement is allowed. Got: ${sql}`);
  }
  const kept = end < 0 ? tokens : tokens.slice(0, end);
  if (kept.length === 0) throw new AwsError('InvalidRequestException', 'Query is empty');
  return { sql: end < 0 ? sql : sql.slice(0, tokens[end]?.at), tokens: kept };
}

const is = (token: Token | undefined, text: string) => token?.text.toUpperCase() === text;

/**
 * The statement in a form that DuckDB's parser reads: `listagg(x, ',') WITHIN GROUP (ORDER BY y)` has the order
 * inside the call, and syntax of DuckDB's that Athena has not is refused where its tree would no longer show it.
 */
export function toParseable(sql: string, tokens: Token[]): string {
  let result = sql;
  for (const [i, token] of tokens.entries()) {
    if (is(token, 'FROM') && i === 0) throw syntaxError(sql, token.at, "mismatched input 'FROM'");
    if (is(token, 'ILIKE') || is(token, 'SIMILAR'))
      throw syntaxError(sql, token.at, `mismatched input '${token.text}'`);
    if (is(token, 'TABLESAMPLE')) throw refuse('TABLESAMPLE: a sample has no one right answer');
    const next = tokens[i + 1];
    const adjacent = next !== undefined && next.at === token.at + token.text.length;
    if (adjacent && next.kind === 'string' && /^[A-Z]$/i.test(token.text)) {
      throw refuse(`${token.text}'…', a literal of bytes`);
    }
    if (adjacent && token.kind === 'number' && next.kind === 'word') {
      throw syntaxError(sql, token.at, `mismatched input '${token.text}${next.text}'`);
    }
    const sized = is(next, '(');
    if (/^(VARCHAR|CHAR|CHARACTER)$/i.test(token.text) && (sized || !is(token, 'VARCHAR'))) {
      // The parser drops the length, and with it the cutting off.
      throw refuse(`${token.text} with a length: use substr`);
    }
    if (/^(DECIMAL|NUMERIC|DEC)$/i.test(token.text) && !sized) {
      throw refuse(`${token.text} without (precision, scale): its default differs`);
    }
    if (is(token, '[') && !isSubscriptOrArray(tokens[i - 1])) {
      throw syntaxError(sql, token.at, "mismatched input '[': an array is written ARRAY[…]");
    }
  }
  // From the end, so that offsets before it stay right.
  for (let i = tokens.length - 1; i >= 0; i--) {
    const token = tokens[i];
    // A name in Athena, a keyword to DuckDB.
    if (token && is(token, 'AT') && !is(tokens[i + 1], 'TIME')) {
      result = `${result.slice(0, token.at)}"${token.text}"${result.slice(token.at + token.text.length)}`;
    }
    const [close, within, group, open] = tokens.slice(i, i + 4);
    if (!(is(close, ')') && is(within, 'WITHIN') && is(group, 'GROUP') && is(open, '('))) continue;
    if (!close || !open) continue;
    result = `${result.slice(0, close.at)} ${result.slice(open.at + 1)}`;
  }
  return result;
}

function isSubscriptOrArray(before: Token | undefined): boolean {
  if (!before) return false;
  if (before.kind === 'word')
    return !/^(SELECT|IN|WHERE|AND|OR|ON|THEN|ELSE|WHEN|BY|VALUES)$/i.test(before.text);
  return before.kind === 'quoted' || before.text === ')' || before.text === ']';
}
