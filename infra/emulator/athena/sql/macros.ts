/**
 * What Athena's functions mean, in the engine's SQL. Every name starts with `athena_`, so that nothing of the engine's
 * own is replaced; the rewrite puts them in.
 *
 * Three ways to end a query, by what knows that it has to end:
 * - `fail('CODE: …')`: Athena fails for this value too. Within TRY it means NULL.
 * - `refuse('…')`: Athena answers for this value, this engine does not. TRY cannot hide it.
 * - a refusal as the choice of {@link byType}: the types decide, when the query is bound.
 *
 * No COALESCE in them, nor in what the rewrite puts into a TRY: where a part of one fails, this engine goes on with
 * memory that is no longer its own (wrong values, then a crash). A CASE does the same, and does it right.
 *
 * `typeof` of anything is a constant when the query is bound: a CASE over it costs nothing per row, and leaves the
 * expression open to predicate pushdown. No typed parameters: the binder picks an overload before it knows the type of
 * an aggregate, and picks the first.
 */
import { ISO_8601_MACROS } from './iso8601.ts';

const isFloating = (x: string) => `typeof(${x}) IN ('DOUBLE', 'FLOAT')`;
const isDecimal = (x: string) => `typeof(${x}) LIKE 'DECIMAL%'`;
const isText = (x: string) => `typeof(${x}) = 'VARCHAR'`;
const isInteger = (x: string) => `typeof(${x}) IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')`;
const isNumber = (x: string) =>
  `regexp_matches(typeof(${x}), '^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|DOUBLE|FLOAT|DECIMAL.*)$')`;
const isDate = (x: string) => `typeof(${x}) = 'DATE'`;
const isNull = (x: string) => `typeof(${x}) = '"NULL"'`;
const isTime = (x: string) => `regexp_matches(typeof(${x}), '^(DATE|TIMESTAMP.*)$')`;

/**
 * Of several expressions the one that the types of the arguments choose. Its type is that of the whole, where a CASE
 * would take the widest of all. Every one is computed: one that can fail or cost must rule itself out by a CASE.
 */
const byType = (choices: Record<string, string>, choice: string) =>
  `struct_extract({${Object.entries(choices).map(([name, sql]) => `'${name}': ${sql}`)}}, ${choice})`;

/** Choices of {@link byType} that are errors: there is no such function or operator for these types. */
const noFunction = (name: string, ...args: string[]) =>
  `'!arguments@@${name}|' || ${args.map((arg) => `typeof(${arg})`).join(" || '|' || ")}`;
const exact = `(NOT ${isFloating('a')} AND NOT ${isFloating('b')})`;

/** `count` is the number of steps between the ends, `forward` whether they go up. */
const sequenceOf = (list: string, count: string, zero: string, forward: string) => `CASE
  WHEN ${zero} THEN fail('INVALID_FUNCTION_ARGUMENT: step must not be zero')
  WHEN (a <> b AND (a < b) <> (${forward})) THEN fail('INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')
  WHEN ${count} >= 10000 THEN fail('INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries')
  ELSE ${list} END`;
const numbers = (step: string) =>
  `CASE WHEN ${isInteger('a')} THEN ${sequenceOf(
    `generate_series(TRY_CAST(a AS BIGINT), TRY_CAST(b AS BIGINT), TRY_CAST(${step} AS BIGINT))`,
    `(TRY_CAST(b AS HUGEINT) - TRY_CAST(a AS HUGEINT)) // TRY_CAST(${step} AS HUGEINT)`,
    `TRY_CAST(${step} AS BIGINT) = 0`,
    `TRY_CAST(${step} AS BIGINT) > 0`,
  )} END`;
const START = 'TRY_CAST(a AS TIMESTAMP)';
const STOP = 'TRY_CAST(b AS TIMESTAMP)';
const times = (step: string) => {
  const interval = `TRY_CAST(${step} AS INTERVAL)`;
  const months = `(12 * date_part('year', ${interval}) + date_part('month', ${interval}))`;
  const span = `date_diff('month', ${START}, ${STOP})`;
  // Each month counts from the start, and not from the one before: the 31st comes back after a February.
  const monthly = `list_filter(list_transform(generate_series(0, ${span} // ${months}),
      k -> ${START} + to_months(CAST(k * ${months} AS INTEGER))), t -> CASE WHEN ${months} > 0 THEN t <= ${STOP} ELSE t >= ${STOP} END)`;
  const even = `generate_series(${START}, ${STOP}, ${interval})`;
  const count = `CASE WHEN ${months} <> 0 THEN ${span} // ${months} ELSE (epoch_us(${STOP}) - epoch_us(${START})) // epoch_us(${interval}) END`;
  const list = sequenceOf(
    `CASE WHEN ${months} <> 0 THEN ${monthly} ELSE ${even} END`,
    count,
    `epoch_us(${interval}) = 0`,
    `epoch_us(${interval}) > 0`,
  );
  return `CASE WHEN ${isTime('a')} THEN ${list} END`;
};
const dates = (step: string) => `CASE WHEN ${isDate('a')} THEN
  CASE WHEN epoch_us(TRY_CAST(${step} AS INTERVAL)) % 86400000000 <> 0
    THEN fail('INVALID_FUNCTION_ARGUMENT: sequence step must be a day interval if start and end values are dates')
    ELSE TRY_CAST(${times(step)} AS DATE[]) END END`;

/** Text of a double or real as the engine writes it → its digits, and the power of ten of the first. */
const MANTISSA = `regexp_extract(t, '^-?([^e]*)', 1)`;
const DIGITS = `rtrim(ltrim(replace(${MANTISSA}, '.', ''), '0'), '0')`;
const POWER = `CASE WHEN contains(t, 'e') THEN CAST(regexp_extract(t, 'e(.*)$', 1) AS INTEGER) ELSE 0 END
  + CASE WHEN starts_with(${MANTISSA}, '0.') THEN -1 - length(regexp_extract(${MANTISSA}, '^0[.](0*)', 1)) ELSE strpos(${MANTISSA} || '.', '.') - 2 END`;

/** Java's answer where the engine raises an error. */
const real = (f: string, nan: string, more = '') => [
  `(x) AS CASE WHEN ${nan} THEN CAST('NaN' AS DOUBLE) ${more} ELSE ${f}(x) END`,
];
const MINUS_INFINITY = `WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE)`;

/** Text that Athena's cast reads, before the engine's own, which reads more. */
const source = (type: string, form: string) =>
  `(x) AS CASE WHEN ${isText('x')} AND NOT regexp_full_match(CAST(x AS VARCHAR), '${form}')
    THEN fail('INVALID_CAST_ARGUMENT: Cannot cast ''' || CAST(x AS VARCHAR) || ''' to ${type}') ELSE x END`;

/** The type as Athena compares it, with one mention of `x`: what nests is taken whole. */
const family = (x: string) =>
  [
    ['(TINY|SMALL|BIG|HUGE)INT|INTEGER|DOUBLE|FLOAT|DECIMAL[(][0-9,]*[)]', 'number'],
    ['DATE|TIMESTAMP( WITH TIME ZONE)?', 'time'],
    ['^STRUCT.*', 'row'],
  ].reduce((sql, [types, name]) => `regexp_replace(${sql}, '${types}', '${name}', 'g')`, `typeof(${x})`);

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

  // Casts. Athena rounds half away from zero, and reads only whole numbers from text.
  to_integer: [
    `(x) AS CASE WHEN ${isFloating('x')} THEN CAST(round(CAST(x AS DOUBLE)) AS HUGEINT)
       WHEN ${isText('x')} AND NOT regexp_full_match(CAST(x AS VARCHAR), '[+-]?[0-9]+')
       THEN fail('INVALID_CAST_ARGUMENT: Cannot cast ''' || x || ''' to an integer type') ELSE CAST(x AS HUGEINT) END`,
  ],
  boolean_source: [source('BOOLEAN', '(?i)t|f|true|false|0|1')],
  double_source: [
    source('DOUBLE', '\\s*([+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|NaN|[+-]?Infinity)\\s*'),
  ],
  date_source: [source('DATE', '\\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}\\s*')],
  // Athena's CAST wants `2024-03-10 01:02:03`, and refuses the T and Z of ISO 8601 and the offsets that this engine takes.
  timestamp_source: [
    `(x) AS CASE WHEN ${isText('x')} AND NOT regexp_full_match(CAST(x AS VARCHAR), '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}( (2[0-3]|[01]?[0-9]):[0-9]{1,2}(:[0-9]{1,2}([.][0-9]+)?)?)?')
       THEN fail('INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: ' || CAST(x AS VARCHAR) || '; use from_iso8601_timestamp')
       ELSE CAST(x AS TIMESTAMP) END`,
  ],
  exponent_form: [
    `(t) AS CASE WHEN starts_with(t, '-') THEN '-' ELSE '' END || substr(${DIGITS}, 1, 1) || '.'
       || CASE WHEN length(${DIGITS}) > 1 THEN substr(${DIGITS}, 2) ELSE '0' END || 'E' || (${POWER})`,
  ],
  double_text: [
    `(x) AS CASE WHEN isnan(TRY_CAST(x AS DOUBLE)) THEN 'NaN'
       WHEN isinf(TRY_CAST(x AS DOUBLE)) THEN CASE WHEN TRY_CAST(x AS DOUBLE) > 0 THEN 'Infinity' ELSE '-Infinity' END
       WHEN TRY_CAST(x AS DOUBLE) = 0 OR (abs(TRY_CAST(x AS DOUBLE)) >= 0.001 AND abs(TRY_CAST(x AS DOUBLE)) < 1e7) THEN CAST(x AS VARCHAR)
       ELSE athena_exponent_form(CAST(x AS VARCHAR)) END`,
  ],
  to_varchar: [
    `(x) AS CASE WHEN ${isFloating('x')} THEN athena_double_text(x)
       WHEN typeof(x) = 'TIMESTAMP' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
       WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g UTC')
       WHEN typeof(x) = 'JSON' THEN json_extract_string(CAST(x AS VARCHAR), '$')
       ELSE CAST(x AS VARCHAR) END`,
  ],

  // Numbers. Java's mathematics knows NaN and Infinity where this engine raises an error.
  ceil: [
    `(x) AS ${byType({ whole: 'x', other: 'ceil(x)' }, `CASE WHEN ${isInteger('x')} THEN 'whole' ELSE 'other' END`)}`,
  ],
  floor: [
    `(x) AS ${byType({ whole: 'x', other: 'floor(x)' }, `CASE WHEN ${isInteger('x')} THEN 'whole' ELSE 'other' END`)}`,
  ],
  sqrt: real('sqrt', 'x < 0'),
  ln: real('ln', 'x < 0', MINUS_INFINITY),
  log10: real('log10', 'x < 0', MINUS_INFINITY),
  // Java has no other logarithms: Athena divides.
  log2: ['(x) AS athena_ln(x) / ln(2)'],
  log: ['(b, x) AS athena_ln(x) / athena_ln(b)'],
  acos: real('acos', 'abs(x) > 1'),
  asin: real('asin', 'abs(x) > 1'),
  sin: real('sin', 'isinf(CAST(x AS DOUBLE))'),
  cos: real('cos', 'isinf(CAST(x AS DOUBLE))'),
  tan: real('tan', 'isinf(CAST(x AS DOUBLE))'),
  // Athena gives NULL where the formula has no finite value.
  finite: ['(x) AS CASE WHEN isfinite(x) THEN x END'],
  width_bucket: [
    `(x, lo, hi, n) AS CASE WHEN n <= 0 THEN fail('INVALID_FUNCTION_ARGUMENT: bucketCount must be greater than 0')
       WHEN isnan(CAST(x AS DOUBLE)) THEN fail('INVALID_FUNCTION_ARGUMENT: operand must not be NaN')
       WHEN NOT isfinite(CAST(lo AS DOUBLE)) THEN fail('INVALID_FUNCTION_ARGUMENT: first bound must be finite')
       WHEN NOT isfinite(CAST(hi AS DOUBLE)) THEN fail('INVALID_FUNCTION_ARGUMENT: second bound must be finite')
       WHEN lo = hi THEN fail('INVALID_FUNCTION_ARGUMENT: bounds cannot equal each other')
       WHEN (lo < hi AND x < lo) OR (lo > hi AND x > lo) THEN 0 WHEN (lo < hi AND x >= hi) OR (lo > hi AND x <= hi) THEN n + 1
       ELSE CAST(floor(CAST(n AS DOUBLE) * CAST(x - lo AS DOUBLE) / CAST(hi - lo AS DOUBLE)) AS BIGINT) + 1 END`,
  ],

  // Text
  trim: [`(s) AS regexp_replace(s, '^\\s+|\\s+$', '', 'g')`],
  ltrim: [`(s) AS regexp_replace(s, '^\\s+', '')`],
  rtrim: [`(s) AS regexp_replace(s, '\\s+$', '')`],
  substr: [
    `(s, n) AS CASE WHEN n = 0 OR n < -length(s) THEN '' ELSE substr(s, n) END`,
    `(s, n, l) AS CASE WHEN n = 0 OR n < -length(s) OR l <= 0 THEN '' ELSE substr(s, n, l) END`,
  ],
  split: [
    `(s, d) AS CASE WHEN d = '' THEN fail('INVALID_FUNCTION_ARGUMENT: The delimiter may not be the empty string') ELSE string_split(s, d) END`,
  ],
  split_part: [
    `(s, d, n) AS CASE WHEN n < 1 THEN fail('INVALID_FUNCTION_ARGUMENT: Index must be greater than zero')
       WHEN d = '' THEN refuse_of(d, 'split_part by the empty text')
       WHEN n > len(string_split(s, d)) THEN NULL ELSE split_part(s, d, n) END`,
  ],
  ...Object.fromEntries(
    ['lpad', 'rpad'].map((name) => [
      name,
      [
        `(s, n, p) AS CASE WHEN n < 0 THEN fail('INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]')
           WHEN p = '' THEN fail('INVALID_FUNCTION_ARGUMENT: Padding string must not be empty') ELSE ${name}(s, CAST(n AS INTEGER), p) END`,
      ],
    ]),
  ),
  upper: [
    `(s) AS CASE WHEN contains(s, 'ß') THEN refuse_of(s, 'upper of ß, which has no capital in Athena') ELSE upper(s) END`,
  ],
  // Of the empty text, Athena finds one before each character and at the end.
  replace: [
    `(s, old, new) AS CASE WHEN old = '' THEN regexp_replace(s, '', replace(new, '\\', '\\\\'), 'g') ELSE replace(s, old, new) END`,
  ],
  regexp_extract: [
    '(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END',
    '(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END',
  ],
  // A group that took no part is NULL in Athena, and to this engine only in a list.
  regexp_group: ['(s, p, g) AS regexp_extract_all(s, p, g)[1]'],
  // Behind a match, Athena finds an empty one as well; this engine goes on.
  regexp_replace: [
    `(s, p, r) AS CASE WHEN r <> '' AND p <> '' AND regexp_full_match('', p) AND NOT starts_with(p, '^')
       THEN refuse_of(s, 'regexp_replace with a pattern that matches the empty text') ELSE regexp_replace(s, p, r, 'g') END`,
  ],
  regexp_split: [
    `(s, p) AS CASE WHEN regexp_full_match('', p)
       THEN refuse_of(s, 'regexp_split by a pattern that matches the empty text') ELSE string_split_regex(s, p) END`,
  ],
  // What Java's formatter takes for %d and %f. The latter goes by its decimal digits, which end somewhere.
  format_integer: [
    `(x) AS CASE WHEN ${isInteger('x')} OR ${isNull('x')} THEN TRY_CAST(x AS BIGINT)
       ELSE fail('INVALID_FUNCTION_ARGUMENT: Invalid format string: %d (IllegalFormatConversion: d != ' || lower(typeof(x)) || ')') END`,
  ],
  format_fixed: [
    `(x) AS CASE WHEN ${isFloating('x')} OR ${isDecimal('x')} OR ${isNull('x')}
       THEN CASE WHEN abs(TRY_CAST(x AS DOUBLE)) < 1e18 THEN CAST(TRY_CAST(x AS DOUBLE) AS VARCHAR) END
       ELSE fail('INVALID_FUNCTION_ARGUMENT: Invalid format string: %f (IllegalFormatConversion: f != ' || lower(typeof(x)) || ')') END`,
  ],
  format_double: [
    `(x, shown) AS CASE WHEN NOT isfinite(TRY_CAST(x AS DOUBLE)) THEN athena_double_text(TRY_CAST(x AS DOUBLE))
       WHEN abs(TRY_CAST(x AS DOUBLE)) >= 1e18 THEN refuse_of(x, 'format with %f of a number from 1e18') ELSE shown END`,
  ],
  // Athena gives a number as it is written, this engine as it would write it itself.
  json_scalar: [
    `(j, p) AS CASE WHEN json_valid(j) AND json_type(j, p) NOT IN ('OBJECT', 'ARRAY') THEN
       CASE WHEN json_type(j, p) <> 'DOUBLE' THEN json_extract_string(j, p)
         WHEN NOT regexp_matches(json_extract_string(j, p), '^-?[0-9]') THEN NULL
         WHEN contains(j, json_extract_string(j, p)) AND NOT regexp_matches(j, '[0-9][eE][-+]?[0-9]|[.][0-9]*[1-9]0+([^0-9]|$)|[.]00+([^0-9]|$)')
           THEN json_extract_string(j, p)
         ELSE refuse_of(j, 'json_extract_scalar of a number that is written another way than 1.5: json_extract gives its value') END END`,
  ],
  json_array_length: [
    `(j) AS CASE WHEN json_valid(j) AND json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT) END`,
  ],
  json_extract: ['(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, p) END'],

  // Time. This engine would read text as a timestamp, Athena refuses it.
  ...ISO_8601_MACROS,
  from_iso8601_date: [
    `(x) AS CASE WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND TRY_CAST(x AS DATE) IS NOT NULL THEN TRY_CAST(x AS DATE)
       WHEN regexp_full_match(x, '[+-]?[0-9]+(-?W[0-9-]*|-[0-9]|-[0-9]{3}|-[0-9]{1,2}-[0-9]{1,2})?') AND NOT regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}')
       THEN refuse('from_iso8601_date of ''' || x || ''': only the form 2026-01-31')
       ELSE fail('INVALID_FUNCTION_ARGUMENT: Invalid format: "' || x || '"') END`,
  ],
  // An hour that comes twice is two instants, of which each engine takes the other.
  with_timezone: [
    `(t, z) AS CASE WHEN timezone(z, timezone(z, t) - INTERVAL 1 HOUR) = t OR timezone(z, timezone(z, t) + INTERVAL 1 HOUR) = t
       THEN refuse_of(t, 'with_timezone of a time that the clock shows twice') ELSE timezone(z, t) END`,
  ],
  wall_clock: ['(x) AS TRY_CAST(x AS TIMESTAMP)'],
  instant: ['(x) AS make_timestamptz(epoch_us(TRY_CAST(x AS TIMESTAMP)))'],
  date_trunc: [
    `(u, x) AS ${byType(
      {
        date: `CASE WHEN ${isDate('x')} AND u IN ('millisecond', 'second', 'minute', 'hour')
          THEN fail('INVALID_FUNCTION_ARGUMENT: ''' || u || ''' is not a valid DATE field') ELSE TRY_CAST(date_trunc(u, x) AS DATE) END`,
        other: 'date_trunc(u, x)',
      },
      `CASE WHEN ${isDate('x')} THEN 'date' ELSE 'other' END`,
    )}`,
  ],
  // White space is white space to this engine, however much; and years of two digits reach from 1970 on in Athena.
  parsed_text: [
    `(x) AS CASE WHEN regexp_matches(x, '^\\s|\\s$|\\s\\s') THEN fail('INVALID_FUNCTION_ARGUMENT: Invalid format: more white space than the format has') ELSE x END`,
  ],
  parsed_text_or_null: [`(x) AS CASE WHEN NOT regexp_matches(x, '^\\s|\\s$|\\s\\s') THEN x END`],
  two_digit_year: ['(t) AS CASE WHEN year(t) = 1969 THEN t + to_years(100) ELSE t END'],
  of_weekday: [
    `(t, x) AS CASE WHEN contains(lower(x), lower(strftime(t, '%a'))) OR t IS NULL THEN t
       ELSE refuse_of(x, 'a weekday that is not that of its date: Athena moves the date') END`,
  ],
  from_unixtime: [
    '(x) AS CASE WHEN isnan(CAST(x AS DOUBLE)) THEN make_timestamptz(0) ELSE make_timestamptz(CAST(round(CAST(x AS DOUBLE) * 1000) AS BIGINT) * 1000) END',
  ],
  to_iso8601: [
    `(x) AS CASE typeof(x) WHEN 'DATE' THEN CAST(x AS VARCHAR)
       WHEN 'TIMESTAMP' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g')
       ELSE strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ') END`,
  ],
  millisecond: [`(x) AS date_part('millisecond', x) % 1000`],

  bit_count: ['(x) AS CAST(bit_count(x) AS BIGINT)'],

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
  sequence: [
    `(a, b) AS ${byType(
      {
        numbers: numbers('(CASE WHEN b >= a THEN 1 ELSE -1 END)'),
        dates: dates('to_days(CASE WHEN b >= a THEN 1 ELSE -1 END)'),
        never: 'CASE WHEN false THEN a - b END',
      },
      `CASE WHEN ${isInteger('a')} AND ${isInteger('b')} THEN 'numbers' WHEN ${isDate('a')} AND ${isDate('b')} THEN 'dates'
        ELSE ${noFunction('sequence', 'a', 'b')} END`,
    )}`,
    `(a, b, s) AS ${byType(
      {
        numbers: numbers('s'),
        dates: dates('s'),
        times: times('s'),
        never: 'CASE WHEN false THEN a + s END',
      },
      `CASE WHEN ${isInteger('a')} AND ${isInteger('b')} AND ${isInteger('s')} THEN 'numbers'
        WHEN ${isDate('a')} AND ${isDate('b')} AND typeof(s) = 'INTERVAL' THEN 'dates'
        WHEN typeof(a) = 'TIMESTAMP' AND typeof(b) = 'TIMESTAMP' AND typeof(s) = 'INTERVAL' THEN 'times'
        ELSE ${noFunction('sequence', 'a', 'b', 's')} END`,
    )}`,
  ],
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
