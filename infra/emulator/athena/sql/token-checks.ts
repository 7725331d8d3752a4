/**
 * Syntax of DuckDB's that Athena has not, refused where the tree would no longer show it; and what of Athena's this engine
 * cannot read.
 */
import { type QueryError, refuse } from './refusal.ts';
import { is, syntaxError, type Token } from './tokens.ts';

/** @throws AwsError, QueryError at what Athena or this engine has not */
export function checkTokens(sql: string, tokens: Token[]): void {
  for (const [i, token] of tokens.entries()) {
    const next = tokens[i + 1];
    if (is(token, 'FROM') && i === 0) throw syntaxError(sql, token.at, "mismatched input 'FROM'");
    if (is(token, 'ILIKE', 'SIMILAR')) throw syntaxError(sql, token.at, `mismatched input '${token.text}'`);
    if (token.text.startsWith('`')) {
      throw syntaxError(
        sql,
        token.at,
        'backquoted identifiers are not supported; use double quotes to quote identifiers',
      );
    }
    if (/^[:{}|&^$]$/.test(token.text)) {
      throw unreadable(tokens) ?? syntaxError(sql, token.at, `mismatched input '${token.text}'`);
    }
    if (is(token, 'TABLESAMPLE')) throw refuse('TABLESAMPLE: a sample has no one right answer');
    const adjacent = next !== undefined && next.at === token.at + token.text.length;
    if (adjacent && next.kind === 'string' && /^[A-Z]$/i.test(token.text)) {
      throw refuse(`${token.text}'…', a literal of bytes`);
    }
    if (adjacent && token.kind === 'number' && next.kind === 'word') throw strangeNumber(sql, token, next);
    checkType(token, next, tokens[i + 2]);
    if (is(token, 'SYMMETRIC', 'ASYMMETRIC') && is(tokens[i - 1], 'BETWEEN')) {
      throw syntaxError(sql, token.at, `mismatched input '${token.text}'`);
    }
    if (is(token, '[') && !isSubscriptOrArray(tokens[i - 1])) {
      throw syntaxError(sql, token.at, "mismatched input '[': an array is written ARRAY[…]");
    }
    if (is(token, 'IGNORE', 'RESPECT') && is(next, 'NULLS') && !is(tokens[i - 1], ')')) {
      throw syntaxError(sql, token.at, `mismatched input '${token.text}'`);
    }
    if (is(token, 'MATERIALIZED') && is(tokens[i - 1], 'AS', 'NOT') && is(next, '(')) {
      throw syntaxError(sql, token.at, `mismatched input '${token.text}'`);
    }
    if (is(token, 'LIMIT') && limitBeforeOffset(tokens, i)) {
      throw syntaxError(sql, token.at, "mismatched input 'OFFSET': OFFSET comes before LIMIT");
    }
  }
}

/** Athena has `1_000` and `0x1F`, and no number that a name sticks to. */
function strangeNumber(sql: string, number: Token, word: Token): Error {
  const text = `${number.text}${word.text}`;
  return /^(0[xob]\w+|\d+(_\d+)+)$/i.test(text)
    ? refuse(`the number ${text}`)
    : syntaxError(sql, number.at, `mismatched input '${text}'`);
}

function checkType(token: Token, next: Token | undefined, size: Token | undefined): void {
  const sized = is(next, '(');
  if (is(token, 'VARCHAR', 'CHAR', 'CHARACTER') && (sized || !is(token, 'VARCHAR'))) {
    // The parser drops the length, and with it the cutting off.
    throw refuse(`${token.text} with a length: use substr`);
  }
  if (is(token, 'TIMESTAMP') && sized && /^[0-2]$/.test(size?.text ?? '')) {
    throw refuse(`TIMESTAMP(${size?.text}), which rounds: there are milliseconds here; date_trunc cuts off`);
  }
  if (is(token, 'DECIMAL', 'NUMERIC', 'DEC') && !sized) {
    throw refuse(`${token.text} without (precision, scale): its default differs`);
  }
}

function limitBeforeOffset(tokens: Token[], limit: number): boolean {
  return (
    (tokens[limit + 1]?.kind === 'number' || is(tokens[limit + 1], 'ALL')) && is(tokens[limit + 2], 'OFFSET')
  );
}

function isSubscriptOrArray(before: Token | undefined): boolean {
  if (!before) return false;
  if (before.kind === 'word')
    return !/^(SELECT|IN|WHERE|AND|OR|ON|THEN|ELSE|WHEN|BY|VALUES)$/i.test(before.text);
  return before.kind === 'quoted' || before.text === ')' || before.text === ']';
}

/** Athena's own syntax, which no rewriting above makes readable: words in a row, as they stand in the statement. */
const UNREADABLE: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\bMATCH_RECOGNIZE \(/, 'MATCH_RECOGNIZE'],
  [
    /\bJSON_(TABLE|EXISTS|VALUE|QUERY|OBJECT|ARRAY) \(/,
    'the JSON functions of standard SQL: use json_extract',
  ],
  [/\b(FROM|JOIN|,) TABLE \(/, 'table functions'],
  [/\bWITH TIES\b/, 'WITH TIES'],
  [/\bON OVERFLOW\b/, 'ON OVERFLOW'],
  [/\b(IGNORE|RESPECT) NULLS\b/, 'IGNORE NULLS and RESPECT NULLS here'],
  [/\bGROUP BY (ALL|DISTINCT)\b/, 'GROUP BY ALL and GROUP BY DISTINCT'],
  [
    /\bAS (ARRAY|MAP|ROW) \(|\b(ARRAY|MAP|ROW) \( (ARRAY|MAP|ROW|BIGINT|INTEGER|DOUBLE|VARCHAR|BOOLEAN)\b/,
    'CAST to a type of this form',
  ],
  [/\bINTERVAL [-+]|\b(YEAR|DAY|HOUR|MINUTE) TO (MONTH|HOUR|MINUTE|SECOND)\b/, 'an interval of this form'],
  [/\bFOR (TIMESTAMP|VERSION|SYSTEM_TIME|SYSTEM_VERSION) AS OF\b/, 'FOR … AS OF'],
  [/\) \. \*/, 'the fields of a row as columns'],
  [/\b(FROM|JOIN|,) \( [\w."]+ \)/, 'a table name in parentheses'],
  [/\bMAP \{/, 'MAP {…}'],
  [/\bNORMALIZE \(/, 'normalize'],
  [/\bDESCRIPTOR \(/, 'DESCRIPTOR'],
];

/** What of Athena's syntax this engine cannot read in the statement, where that is why it does not parse. */
export function unreadable(tokens: Token[]): QueryError | undefined {
  const words = tokens
    .map((token) =>
      token.kind === 'string' ? "''" : token.kind === 'word' ? token.text.toUpperCase() : token.text,
    )
    .join(' ');
  const found = UNREADABLE.find(([pattern]) => pattern.test(words));
  return found && refuse(found[1]);
}
