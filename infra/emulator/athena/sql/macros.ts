/**
 * What Athena's functions mean, in the engine's SQL. Every name starts with `athena_`, so that nothing of the engine's
 * own is replaced; the rewrite puts them in.
 *
 * Three ways to end a query, by what knows that it has to end:
 * - `fail('CODE: …')`: Athena fails for this value too. Within TRY it means NULL.
 * - `refuse('…')`: Athena answers for this value, this engine does not. TRY cannot hide it.
 * - a refusal as the choice of `byType`: the types decide, when the query is bound.
 *
 * No COALESCE in them, nor in what the rewrite puts into a TRY: where a part of one fails, this engine goes on with
 * memory that is no longer its own (wrong values, then a crash). A CASE does the same, and does it right.
 *
 * `typeof` of anything is a constant when the query is bound: a CASE over it costs nothing per row, and leaves the
 * expression open to predicate pushdown. No typed parameters: the binder picks an overload before it knows the type of
 * an aggregate, and picks the first.
 */
import { isDate, isDecimal, isFloating, isInteger, isNull, isNumber, isTime } from './macro-parts.ts';
import { NUMBER_MACROS } from './number-macros.ts';
import { SEQUENCE } from './sequence-macro.ts';
import { TEXT_MACROS } from './text-macros.ts';
import { TIME_MACROS } from './time-macros.ts';

const exact = `(NOT ${isFloating('a')} AND NOT ${isFloating('b')})`;

/** The type as Athena compares it, with one mention of `x`: what nests is taken whole. */
const family = (x: string) =>
  [
    ['(TINY|SMALL|BIG|HUGE)INT|INTEGER|DOUBLE|FLOAT|DECIMAL[(][0-9,]*[)]', 'number'],
    ['DATE|TIMESTAMP( WITH TIME ZONE)?', 'time'],
    ['^STRUCT.*', 'row'],
  ].reduce((sql, [types, name]) => `regexp_replace(${sql}, '${types}', '${name}', 'g')`, `typeof(${x})`);

/** The engine's own leaves NULLs out, and has an order of its own for NaN and for what nests. */
const extreme = (name: 'max' | 'min') => [
  `(a) AS CASE WHEN regexp_matches(typeof(a), '\\]\\[\\]$|^(STRUCT|MAP)[(]') THEN refuse_of(a, 'array_${name} of arrays, maps or rows')
     WHEN len(list_filter(a, e -> e IS NULL)) > 0 THEN NULL
     WHEN typeof(a) IN ('DOUBLE[]', 'FLOAT[]') AND list_contains(CAST(a AS VARCHAR[]), 'nan') THEN refuse_of(a, 'array_${name} of NaN')
     ELSE list_${name}(a) END`,
];

/** Name without prefix → parameters and body; several where the number of arguments decides. */
const MACROS: Record<string, string[]> = {
  // How a query ends. Both give no value of any type but NULL's, and neither is computed before its branch is taken.
  // Of all that raises an error here, TRY catches the failing cast, and lets the unknown zone through.
  fail: ['(message) AS [NULL][CAST(message AS INTEGER)]'],
  refuse: [
    `(what) AS [NULL][CAST(epoch(timezone('NOT_SUPPORTED_LOCALLY: ' || what, TIMESTAMP '1970-01-01')) AS BIGINT)]`,
  ],
  // Where the message is a constant, the optimizer tries it out, for each mention in each query, and the engine looks for
  // zones of a similar name: five milliseconds each. So it gets a part that is of a row, and empty.
  refuse_of: [`(x, what) AS refuse(what || substr(CAST(x AS VARCHAR), 1, 0))`],
  // Conditions of checks.ts.
  comparable: [`(a, b) AS ${family('a')} = ${family('b')} OR contains(typeof(a) || typeof(b), '"NULL"')`],
  is_unknown: [`(x) AS ${isNull('x')}`],
  is_text: [`(x) AS typeof(x) IN ('VARCHAR', 'JSON')`],
  is_boolean: [`(x) AS typeof(x) = 'BOOLEAN'`],
  is_number: [`(x) AS ${isNumber('x')}`],
  is_whole: [`(x) AS ${isInteger('x')}`],
  is_floating: [`(x) AS ${isFloating('x')}`],
  is_real: [`(x) AS typeof(x) = 'FLOAT'`],
  is_decimal: [`(x) AS ${isDecimal('x')}`],
  is_date: [`(x) AS ${isDate('x')}`],
  is_time: [`(x) AS ${isTime('x')}`],
  is_plain: [`(x) AS NOT regexp_matches(typeof(x), '\\]$|^MAP[(]|^STRUCT[(]')`],
  is_printable: [`(x) AS typeof(x) <> 'INTERVAL'`],
  is_joinable: [`(x) AS typeof(x) IN ('VARCHAR[]', 'INTEGER[]', 'BIGINT[]', '"NULL"[]')`],
  is_steppable: [
    `(x) AS typeof(x) IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'DATE', 'TIMESTAMP')`,
  ],

  // Operators
  modulus: [
    `(a, b) AS CASE WHEN ${exact} AND b = 0 THEN fail('DIVISION_BY_ZERO: Division by zero') ELSE a % b END`,
  ],
  // A date that something was added to: it stays a date, and takes whole days only.
  whole_days: [
    `(sum) AS CASE WHEN TRY_CAST(sum AS TIMESTAMP) <> date_trunc('day', TRY_CAST(sum AS TIMESTAMP))
       THEN fail('INVALID_FUNCTION_ARGUMENT: Cannot add hour, minutes or seconds to a date') ELSE TRY_CAST(sum AS DATE) END`,
  ],
  subscript: [
    `(a, i) AS CASE WHEN i > len(a) OR i < 1
       THEN fail('INVALID_FUNCTION_ARGUMENT: Array subscript ' || i || ' is out of bounds: element_at gives NULL there') ELSE a[i] END`,
  ],
  map_subscript: [
    `(a, k) AS CASE WHEN NOT map_contains(a, k)
       THEN fail('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || k || '; element_at gives NULL there') ELSE a[k] END`,
  ],
  element_at: [
    `(a, i) AS CASE WHEN typeof(a) NOT LIKE 'MAP(%' AND TRY_CAST(i AS BIGINT) = 0
       THEN fail('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1') ELSE a[i] END`,
  ],

  // nan.ts
  compared: [
    `(x) AS CASE WHEN isnan(TRY_CAST(x AS DOUBLE))
       THEN refuse_of(x, 'a comparison with NaN, which is equal to nothing in Athena, and to itself here: divide by nullif(…, 0), or leave it out by is_nan') ELSE x END`,
  ],

  ...NUMBER_MACROS,
  ...TEXT_MACROS,
  ...TIME_MACROS,

  // Arrays
  // The engine's own loses order and NULLs.
  array_distinct: ['(a) AS list_filter(a, (x, i) -> list_position(a, x) = i)'],
  contains: [
    `(a, x) AS CASE WHEN a IS NULL OR x IS NULL THEN NULL WHEN list_contains(a, x) THEN true
       WHEN len(list_filter(a, e -> e IS NULL)) > 0 THEN NULL ELSE false END`,
  ],
  array_position: [
    `(a, x) AS CASE WHEN a IS NULL OR x IS NULL THEN NULL WHEN list_position(a, x) IS NULL THEN CAST(0 AS BIGINT)
       ELSE CAST(list_position(a, x) AS BIGINT) END`,
  ],
  array_max: extreme('max'),
  array_min: extreme('min'),
  // The engine takes a list that is NULL for an empty one.
  zip_pairs: ['(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE list_zip(a, b) END'],
  sequence: SEQUENCE,
  // First value of a key wins, as in Athena; keys that are NULL are left out.
  map_agg: [
    `(pairs) AS map_from_entries(list_filter(pairs, (e, i) -> struct_extract(e, 'k') IS NOT NULL
       AND list_position(list_transform(pairs, p -> struct_extract(p, 'k')), struct_extract(e, 'k')) = i))`,
  ],
};

/** @throws where there is none: a mistake in this code */
function variants(name: string): string[] {
  const found = MACROS[name];
  if (!found) throw new Error(`No macro ${name}`);
  return found;
}

export function macroName(name: string): string {
  variants(name);
  return `athena_${name}`;
}

/** What only ends the query is computed for no row. */
const ENDINGS = /\brefuse_of\(\w+, /g;

/** How often a macro of so many arguments mentions each: the binder puts the argument into every such place. */
export function mentions(name: string, count: number): number[] {
  for (const body of variants(name)) {
    const [, list = '', whole = ''] = /^\(([^)]*)\) AS ([\s\S]*)$/.exec(body) ?? [];
    const sql = whole.replace(ENDINGS, '');
    const parameters = list.split(',').map((parameter) => parameter.trim());
    if (parameters.length !== count) continue;
    return parameters.map((parameter) => sql.match(new RegExp(`\\b${parameter}\\b`, 'g'))?.length ?? 0);
  }
  return [];
}

/** Statements that create them all. */
export const createMacros = (): string[] =>
  Object.entries(MACROS).map(
    ([name, variants]) =>
      `CREATE MACRO athena_${name}${variants.map((body) => body.replace(/\b(fail|refuse|refuse_of)\(/g, 'athena_$1(')).join(', ')}`,
  );
