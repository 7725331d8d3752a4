/** Athena SQL as tokens: what a statement is, and whether it is just one. */
import { AwsError } from '../../wire/aws-error.ts';

export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'parameter';
  text: string;
  /** Offset in the statement. */
  at: number;
}

const PATTERN =
  /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>(?:[uU]&)?'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`)|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_][A-Za-z0-9_$]*)|(?<parameter>\?)|(?<symbol>\|\||->|=>|<>|!=|<=|>=|[-+*/%=<>()[\],.;:{}|&^$])/y;

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

/** Whether this is one of the words or signs, in any case, and no text. */
export const is = (token: Token | undefined, ...words: string[]) =>
  token !== undefined && token.kind !== 'string' && words.includes(token.text.toUpperCase());
