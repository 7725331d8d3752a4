/** Athena's syntax that DuckDB's parser lacks, put into a form that it reads. */
import { QueryError } from './refusal.ts';
import { checkTokens } from './token-checks.ts';
import { is, type Token } from './tokens.ts';

/** A piece of the statement to be replaced: `length` characters from `at`. */
interface Edit {
  at: number;
  length: number;
  by: string;
}

export interface Parseable {
  sql: string;
  /** Where in the statement a byte of `sql` comes from. */
  origin(byte: number): number;
}

/**
 * @param more further edits, such as names to quote
 * @throws AwsError, QueryError at what Athena or this engine has not
 */
export function toParseable(sql: string, tokens: Token[], more: Edit[] = []): Parseable {
  checkTokens(sql, tokens);
  const edits: Edit[] = [
    ...unicodeLiterals(tokens),
    ...names(tokens),
    ...orderedListagg(tokens),
    ...nullTreatments(tokens),
    ...qualifiedStars(tokens),
    ...shortIfs(tokens),
    ...bareRows(tokens),
    ...signsBehindPercent(tokens),
    ...more,
  ];
  edits.sort((a, b) => a.at - b.at || a.length - b.length);
  let text = '';
  let from = 0;
  /** Offsets in the new text and in the old one, behind each edit. */
  const behind: [number, number][] = [[0, 0]];
  for (const { at, length, by } of edits) {
    text += sql.slice(from, at) + by;
    from = at + length;
    behind.push([text.length, from]);
  }
  text += sql.slice(from);
  return {
    sql: text,
    origin(byte) {
      const at = Buffer.from(text).subarray(0, byte).toString().length;
      const [to, old] = behind.findLast(([offset]) => offset <= at) ?? [0, 0];
      return Math.min(old + at - to, sql.length);
    },
  };
}

/** The engine takes `%-` for one operator. */
function signsBehindPercent(tokens: Token[]): Edit[] {
  const signs = tokens.filter((token, i) => is(token, '-', '+') && is(tokens[i - 1], '%'));
  return signs.map(({ at }) => ({ at, length: 0, by: ' ' }));
}

/** A name in Athena (and a column of the alerts), a keyword to DuckDB. */
const names = (tokens: Token[]): Edit[] =>
  tokens.flatMap((token, i) => (is(token, 'AT') && !is(tokens[i + 1], 'TIME') ? [quoting(token)] : []));

export const quoting = ({ at, text }: Token): Edit => ({ at, length: text.length, by: `"${text}"` });

/** `U&'\00e9'`, also with a sign of its own before the digits: `U&'#00e9' UESCAPE '#'`. */
function unicodeLiterals(tokens: Token[]): Edit[] {
  return tokens.flatMap((token, i) => {
    if (token.kind !== 'string' || !/^u&/i.test(token.text)) return [];
    const [word, sign] = tokens.slice(i + 1, i + 3);
    const own = is(word, 'UESCAPE') && sign?.kind === 'string' ? sign : undefined;
    const end = own ? own.at + own.text.length : token.at + token.text.length;
    const plain = decode(token.text.slice(3, -1), own?.text.slice(1, -1) ?? '\\');
    return [{ at: token.at, length: end - token.at, by: `'${plain}'` }];
  });
}

function decode(text: string, sign: string): string {
  const quoted = sign.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const sequence = new RegExp(`${quoted}(?:(${quoted})|\\+([0-9a-f]{6})|([0-9a-f]{4})|())`, 'gi');
  return text.replace(sequence, (_, same?: string, long?: string, short?: string) => {
    if (same !== undefined) return sign;
    const code = Number.parseInt(long ?? short ?? '', 16);
    if (!(code <= 0x10ffff)) throw new QueryError('INVALID_LITERAL', `Incomplete escape sequence: ${text}`);
    return code === 0x27 ? "''" : String.fromCodePoint(code);
  });
}

/** `listagg(x, ',') WITHIN GROUP (ORDER BY y)` has the order inside the call. */
function orderedListagg(tokens: Token[]): Edit[] {
  return tokens.flatMap((close, i) => {
    const [within, group, open] = tokens.slice(i + 1, i + 4);
    if (!(is(close, ')') && is(within, 'WITHIN') && is(group, 'GROUP') && open && is(open, '('))) return [];
    return [{ at: close.at, length: open.at + 1 - close.at, by: ' ' }];
  });
}

/** `lag(x) IGNORE NULLS` has the words inside the call. */
function nullTreatments(tokens: Token[]): Edit[] {
  return tokens.flatMap((close, i) => {
    const [treatment, nulls, over] = tokens.slice(i + 1, i + 4);
    const isTreatment = is(close, ')') && is(treatment, 'IGNORE', 'RESPECT') && is(nulls, 'NULLS');
    if (!nulls || !isTreatment || !is(over, 'OVER')) return [];
    const by = ` ${treatment?.text} NULLS)`;
    return [{ at: close.at, length: nulls.at + nulls.text.length - close.at, by }];
  });
}

/** `lake.samples.*`, which the parser knows only without the database: for now, a column of this name. */
export const ALL_COLUMNS = 'athena_all_columns';

function qualifiedStars(tokens: Token[]): Edit[] {
  const stars = tokens.filter(
    (token, i) => is(token, '*') && is(tokens[i - 1], '.') && is(tokens[i - 3], '.'),
  );
  return stars.map(({ at }) => ({ at, length: 1, by: `"${ALL_COLUMNS}"` }));
}

/** `if(condition, value)` has no third argument to DuckDB only if it is written. */
function shortIfs(tokens: Token[]): Edit[] {
  return tokens.flatMap((token, i) => {
    if (!is(token, 'IF') || !is(tokens[i + 1], '(')) return [];
    const close = closing(tokens, i + 1);
    const commas = outside(tokens, i + 2, close).filter((at) => is(tokens[at], ','));
    return commas.length === 1 && tokens[close] ? [{ at: tokens[close].at, length: 0, by: ', NULL' }] : [];
  });
}

/** `VALUES 1, 2` is `VALUES (1), (2)`. */
function bareRows(tokens: Token[]): Edit[] {
  return tokens.flatMap((token, i) => (is(token, 'VALUES') ? parenthesized(tokens, i + 1) : []));
}

const AFTER_ROWS = ['ORDER', 'LIMIT', 'OFFSET', 'FETCH', 'UNION', 'INTERSECT', 'EXCEPT'];

function parenthesized(tokens: Token[], from: number): Edit[] {
  const edits: Edit[] = [];
  let start = from;
  for (let i = from; i <= tokens.length; i++) {
    const token = tokens[i];
    const last = token === undefined || is(token, ')', ...AFTER_ROWS);
    if (last || is(token, ',')) {
      edits.push(...rowEdits(tokens, start, i));
      start = i + 1;
      if (last) break;
    } else if (is(token, '(', '[')) {
      i = closing(tokens, i);
    }
  }
  return edits;
}

function rowEdits(tokens: Token[], from: number, to: number): Edit[] {
  const [first, end] = [tokens[from], tokens[to - 1]];
  if (!first || !end || from >= to) return [];
  // `ROW(1, 2)` is a row as well.
  if (is(first, 'ROW') && is(tokens[from + 1], '(') && closing(tokens, from + 1) === to - 1) {
    return [{ at: first.at, length: first.text.length, by: '' }];
  }
  if (is(first, '(') && closing(tokens, from) === to - 1) return [];
  return [
    { at: first.at, length: 0, by: '(' },
    { at: end.at + end.text.length, length: 0, by: ')' },
  ];
}

/** Index of the token that closes the bracket at `open`; the end of the statement where nothing does. */
function closing(tokens: Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (is(tokens[i], '(', '[')) depth++;
    if (is(tokens[i], ')', ']') && --depth === 0) return i;
  }
  return tokens.length;
}

/** Indexes from `from` up to `to` that are in no bracket of their own. */
function outside(tokens: Token[], from: number, to: number): number[] {
  const found: number[] = [];
  for (let i = from; i < to; i++) {
    found.push(i);
    if (is(tokens[i], '(', '[')) i = closing(tokens, i);
  }
  return found;
}

const RESERVED = new Set(
  `ALTER AND AS BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_CATALOG CURRENT_DATE CURRENT_PATH CURRENT_ROLE
   CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEALLOCATE DELETE DESCRIBE DISTINCT DROP ELSE END ESCAPE
   EXCEPT EXECUTE EXISTS EXTRACT FALSE FOR FROM FULL GROUP GROUPING HAVING IN INNER INSERT INTERSECT INTO IS JOIN
   JSON_ARRAY JSON_EXISTS JSON_OBJECT JSON_QUERY JSON_TABLE JSON_VALUE LEFT LIKE LISTAGG LOCALTIME LOCALTIMESTAMP NATURAL
   NORMALIZE NOT NULL ON OR ORDER OUTER PREPARE RECURSIVE RIGHT ROLLUP SELECT SKIP TABLE THEN TRIM TRUE UESCAPE UNION
   UNNEST USING VALUES WHEN WHERE WITH`.split(/\s+/),
);

/** Is this word free for names in Athena? Then DuckDB may have stumbled over its own keyword. */
export const isName = (token: Token | undefined): token is Token =>
  token?.kind === 'word' && !RESERVED.has(token.text.toUpperCase());
