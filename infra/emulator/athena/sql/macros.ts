/**
 * What Athena's functions mean, in DuckDB's SQL. Every name starts with `athena_`, so that nothing of DuckDB's is
 * replaced; the rewrite puts them in.
 *
 * `typeof` of a column is a constant to DuckDB's binder: a CASE over it costs nothing per row, and leaves the
 * expression open to predicate pushdown. `fail('…')` stands for an error of the query; within TRY it means NULL,
 * because DuckDB's TRY does not accept error(), so each macro that fails exists twice.
 *
 * No typed parameters: DuckDB picks an overload before it knows the type of an aggregate, and picks the first.
 */

const isFloating = (x: string) => `typeof(${x}) IN ('DOUBLE', 'FLOAT')`;
const isDecimal = (x: string) => `typeof(${x}) LIKE 'DECIMAL%'`;
const isText = (x: string) => `typeof(${x}) = 'VARCHAR'`;
const isNumber = (x: string) =>
  `(typeof(${x}) IN ('TINYINT','SMALLINT','INTEGER','BIGINT','HUGEINT','DOUBLE','FLOAT') OR ${isDecimal(x)})`;
const isInteger = (x: string) => `typeof(${x}) IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')`;
const isDate = (x: string) => `typeof(${x}) = 'DATE'`;
const isNull = (x: string) => `typeof(${x}) = '"NULL"'`;

const mixesDecimal = `(${isDecimal('a')} AND NOT ${isFloating('b')}) OR (${isDecimal('b')} AND NOT ${isFloating('a')})`;
const exact = `NOT ${isFloating('a')} AND NOT ${isFloating('b')}`;

/** A value of any type as a timestamp: a cast that does not exist would fail even in a branch that is never taken. */
const throughText = (x: string) => `TRY_CAST(CAST(${x} AS VARCHAR) AS TIMESTAMP)`;

// DuckDB makes timestamps of dates, and the type of a CASE cannot follow that of its argument. Where the text of the
// query shows a date, the rewrite casts the result; else it is refused.
const DATE_ARITHMETIC = `fail('NOT_SUPPORTED_LOCALLY: arithmetic with a date whose type the query does not show: CAST(x AS date) + …')`;
const WHOLE_ALREADY = `fail('NOT_SUPPORTED_LOCALLY: ceil and floor of an integer, which is whole already')`;
const TEXT_IS_NO_TIME = `fail('TYPE_MISMATCH: Expected a date or a timestamp, got varchar: use from_iso8601_timestamp or CAST')`;

/** Name without prefix → parameters and body; several where the type of the argument decides. */
const MACROS: Record<string, string[]> = {
  // Operators. Decimals divide to as few decimals as the operands have: 1.0/3 is 0.3 in Athena.
  divide: [
    `(a, b) AS CASE WHEN ${mixesDecimal}
       THEN fail('NOT_SUPPORTED_LOCALLY: Division of decimals keeps only the decimals of its operands in Athena (1.0/3 is 0.3), and does not here: write 1e0, or CAST(x AS double)')
       WHEN b = 0 THEN CASE WHEN ${exact} THEN fail('DIVISION_BY_ZERO: Division by zero')
         ELSE fail('NOT_SUPPORTED_LOCALLY: A double divided by zero is Infinity or NaN in Athena, and is not here: write x / nullif(y, 0)') END
       ELSE a / b END`,
  ],
  modulus: [
    `(a, b) AS CASE WHEN b = 0 THEN CASE WHEN ${exact} THEN fail('DIVISION_BY_ZERO: Division by zero')
       ELSE fail('NOT_SUPPORTED_LOCALLY: The remainder of a double and zero, NaN in Athena') END ELSE a % b END`,
  ],
  plus: [`(a, b) AS CASE WHEN ${isDate('a')} OR ${isDate('b')} THEN ${DATE_ARITHMETIC} ELSE a + b END`],
  minus: [`(a, b) AS CASE WHEN ${isDate('a')} THEN ${DATE_ARITHMETIC} ELSE a - b END`],
  concat: [
    `(a, b) AS CASE WHEN (${isText('a')}) <> (${isText('b')}) AND NOT ${isNull('a')} AND NOT ${isNull('b')}
       THEN fail('TYPE_MISMATCH: Cannot concatenate ' || lower(typeof(a)) || ' and ' || lower(typeof(b)) || ': use CAST(x AS varchar)')
       ELSE a || b END`,
  ],
  // The right side of a comparison: DuckDB compares text with numbers by casting the text, Athena refuses to.
  operand: [
    `(b, a) AS CASE WHEN (${isText('a')} AND ${isNumber('b')}) OR (${isNumber('a')} AND ${isText('b')})
       THEN fail('TYPE_MISMATCH: Cannot compare ' || lower(typeof(a)) || ' with ' || lower(typeof(b)) || ': use CAST')
       ELSE b END`,
  ],
  subscript: [
    `(a, i) AS CASE WHEN ${isText('a')} THEN fail('TYPE_MISMATCH: a varchar has no subscript')
       WHEN i > len(a) OR i < 1 THEN fail('INVALID_FUNCTION_ARGUMENT: Array subscript ' || i || ' is out of bounds: element_at gives NULL there')
       ELSE a[i] END`,
  ],
  map_subscript: [
    `(a, k) AS CASE WHEN NOT map_contains(a, k)
       THEN fail('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || k || '; element_at gives NULL there') ELSE a[k] END`,
  ],
  element_at: [
    `(a, i) AS CASE WHEN typeof(a) NOT LIKE 'MAP(%' AND TRY_CAST(i AS BIGINT) = 0
       THEN fail('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1') ELSE a[i] END`,
  ],
  // Casts. Athena rounds half away from zero, and reads only whole numbers from text.
  to_integer: [
    `(x) AS CASE WHEN ${isFloating('x')} THEN CAST(round(CAST(x AS DOUBLE)) AS HUGEINT)
       WHEN ${isText('x')} AND NOT regexp_full_match(CAST(x AS VARCHAR), '[+-]?[0-9]+')
       THEN fail('INVALID_CAST_ARGUMENT: Cannot cast ''' || x || ''' to an integer type') ELSE CAST(x AS HUGEINT) END`,
  ],
  to_varchar: [
    `(x) AS CASE
       WHEN ${isFloating('x')} THEN CASE
         WHEN isnan(CAST(x AS DOUBLE)) THEN 'NaN'
         WHEN isinf(CAST(x AS DOUBLE)) THEN CASE WHEN CAST(x AS DOUBLE) > 0 THEN 'Infinity' ELSE '-Infinity' END
         WHEN x <> 0 AND NOT abs(CAST(x AS DOUBLE)) BETWEEN 0.001 AND 9999999.999
         THEN fail('NOT_SUPPORTED_LOCALLY: CAST(double AS varchar) of ' || x || ': Athena writes it with an exponent; format(''%.3f'', x) is the same in both')
         ELSE CAST(x AS VARCHAR) END
       WHEN typeof(x) = 'JSON' THEN json_extract_string(CAST(x AS VARCHAR), '$')
       ELSE CAST(x AS VARCHAR) END`,
  ],
  timestamp_text: [
    `(x) AS CASE typeof(x)
       WHEN 'TIMESTAMP' THEN strftime(${throughText('x')}, '%Y-%m-%d %H:%M:%S.%g')
       WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(${throughText('x')}, '%Y-%m-%d %H:%M:%S.%g UTC')
       ELSE athena_to_varchar(x) END`,
  ],
  // Athena's CAST wants `2024-03-10 01:02:03`, and refuses the T and Z of ISO 8601 and the offsets that DuckDB takes.
  timestamp_source: [
    `(x) AS CASE WHEN ${isText('x')} AND NOT regexp_full_match(CAST(x AS VARCHAR), '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}( [0-9:.]+)?')
       THEN fail('INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: ' || CAST(x AS VARCHAR) || '; use from_iso8601_timestamp')
       ELSE CAST(x AS TIMESTAMP) END`,
  ],
  no_decimal: [
    `(x) AS CASE WHEN ${isDecimal('x')}
       THEN fail('NOT_SUPPORTED_LOCALLY: avg and round with digits of a decimal: Athena keeps its scale, this engine does not; CAST(x AS double) first') ELSE x END`,
  ],
  ceil: [`(x) AS CASE WHEN ${isInteger('x')} THEN ${WHOLE_ALREADY} ELSE ceil(x) END`],
  floor: [`(x) AS CASE WHEN ${isInteger('x')} THEN ${WHOLE_ALREADY} ELSE floor(x) END`],
  // Athena gives NULL where the formula has no finite value.
  finite: ['(x) AS CASE WHEN isfinite(x) THEN x END'],
  present: [
    `(x) AS CASE WHEN x IS NULL THEN fail('NOT_SUPPORTED_LOCALLY: format of NULL: use coalesce') ELSE x END`,
  ],
  text_only: [
    `(x) AS CASE WHEN NOT ${isText('x')} AND NOT ${isNull('x')}
       THEN fail('TYPE_MISMATCH: expected varchar, got ' || lower(typeof(x))) ELSE x END`,
  ],

  // Text
  trim: [`(s) AS regexp_replace(s, '^\\s+|\\s+$', '', 'g')`],
  ltrim: [`(s) AS regexp_replace(s, '^\\s+', '')`],
  rtrim: [`(s) AS regexp_replace(s, '\\s+$', '')`],
  substr: [
    `(s, n) AS CASE WHEN n = 0 OR n < -length(s) THEN '' ELSE substr(s, n) END`,
    `(s, n, l) AS CASE WHEN n = 0 OR n < -length(s) OR l <= 0 THEN '' ELSE substr(s, n, l) END`,
  ],
  split_part: [
    `(s, d, n) AS CASE WHEN n < 1 THEN fail('INVALID_FUNCTION_ARGUMENT: Index must be greater than zero')
       WHEN n > len(string_split(s, d)) THEN NULL ELSE split_part(s, d, n) END`,
  ],
  regexp_extract: [
    '(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END',
    '(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END',
  ],
  json_scalar: [
    `(j, p) AS CASE WHEN json_valid(j) AND json_type(j, p) NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(j, p) END`,
  ],
  json_array_length: [
    `(j) AS CASE WHEN json_valid(j) AND json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT) END`,
  ],
  json_extract: ['(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, p) END'],

  // Time. DuckDB would read text as a timestamp, Athena refuses it.
  wall_clock: [`(x) AS CASE WHEN ${isText('x')} THEN ${TEXT_IS_NO_TIME} ELSE CAST(x AS TIMESTAMP) END`],
  instant: [
    `(x) AS CASE WHEN ${isText('x')} THEN ${TEXT_IS_NO_TIME} ELSE make_timestamptz(epoch_us(CAST(x AS TIMESTAMP))) END`,
  ],
  date_trunc: [`(u, x) AS CASE WHEN ${isDate('x')} THEN ${DATE_ARITHMETIC} ELSE date_trunc(u, x) END`],
  // By way of microseconds: DuckDB's own cast to a zoned timestamp asks its calendar for every row.
  from_iso8601_timestamp: [
    `(x) AS CASE WHEN ends_with(x, 'Z') AND contains(x, 'T') OR length(x) = 10
       THEN make_timestamptz(epoch_us(CAST(x AS TIMESTAMP)))
       ELSE fail('NOT_SUPPORTED_LOCALLY: from_iso8601_timestamp of ''' || x || ''': here only UTC with a final Z, because a timestamp keeps no other zone') END`,
  ],
  // Where only the instant matters (in a comparison), an offset is no problem.
  from_iso8601_instant: [
    `(x) AS CASE WHEN ends_with(x, 'Z') AND contains(x, 'T') THEN make_timestamptz(epoch_us(CAST(x AS TIMESTAMP)))
       WHEN contains(x, 'T') THEN CAST(x AS TIMESTAMPTZ)
       ELSE fail('INVALID_FUNCTION_ARGUMENT: Invalid format: "' || x || '"') END`,
  ],
  from_unixtime: ['(x) AS make_timestamptz(CAST(round(x * 1000) AS BIGINT) * 1000)'],
  to_iso8601: [
    `(x) AS CASE typeof(x) WHEN 'DATE' THEN CAST(x AS VARCHAR)
       WHEN 'TIMESTAMP' THEN strftime(${throughText('x')}, '%Y-%m-%dT%H:%M:%S.%g')
       WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(${throughText('x')}, '%Y-%m-%dT%H:%M:%S.%gZ')
       ELSE ${TEXT_IS_NO_TIME} END`,
  ],
  millisecond: [`(x) AS date_part('millisecond', x) % 1000`],

  // Numbers and arrays
  width_bucket: [
    `(x, lo, hi, n) AS CASE WHEN lo >= hi THEN fail('NOT_SUPPORTED_LOCALLY: width_bucket with bounds that do not rise')
       WHEN x < lo THEN 0 WHEN x >= hi THEN n + 1
       ELSE CAST(floor(CAST(x - lo AS DOUBLE) / CAST(hi - lo AS DOUBLE) * n) AS BIGINT) + 1 END`,
  ],
  joinable: [
    `(a) AS CASE WHEN typeof(a) NOT IN ('VARCHAR[]', 'INTEGER[]', 'BIGINT[]')
       THEN fail('NOT_SUPPORTED_LOCALLY: array_join of other elements than text and integers') ELSE a END`,
  ],
  contains: [
    '(a, x) AS CASE WHEN list_contains(a, x) THEN true WHEN len(list_filter(a, e -> e IS NULL)) > 0 THEN NULL ELSE false END',
  ],
  array_position: [
    '(a, x) AS CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN coalesce(list_position(a, x), 0) END',
  ],
  sequence: [
    `(a, b) AS CASE WHEN a > b THEN fail('NOT_SUPPORTED_LOCALLY: sequence that falls, without a step') ELSE generate_series(a, b) END`,
    `(a, b, s) AS CASE WHEN ${isDate('a')} THEN ${DATE_ARITHMETIC} ELSE generate_series(a, b, s) END`,
  ],
  // First value of a key wins, as in Athena; keys that are NULL are left out.
  map_agg: [
    `(pairs) AS map_from_entries(list_filter(pairs, (e, i) -> e.k IS NOT NULL
       AND list_position(list_transform(pairs, p -> p.k), e.k) = i))`,
  ],
};

/** Name of the macro, and of its variant inside TRY. */
export const macroName = (name: string, inTry: boolean): string => {
  const variants = MACROS[name];
  if (!variants) throw new Error(`No macro ${name}`);
  return inTry && variants.some(fails) ? `athena_${name}_or_null` : `athena_${name}`;
};

const fails = (body: string) => body.includes('fail(') || body.includes('athena_to_varchar(');

/** Statements that create them all. */
export function createMacros(): string[] {
  return Object.entries(MACROS).flatMap(([name, variants]) => {
    const strict = `CREATE MACRO athena_${name}${variants.map((body) => body.replaceAll('fail(', 'error(')).join(', ')}`;
    if (!variants.some(fails)) return [strict];
    const lenient = variants.map((body) =>
      withoutErrors(body).replaceAll('athena_to_varchar', 'athena_to_varchar_or_null'),
    );
    return [strict, `CREATE MACRO athena_${name}_or_null${lenient.join(', ')}`];
  });
}

/** `fail(…)` → `NULL`, with its nested parentheses and quoted text. */
function withoutErrors(body: string): string {
  const start = body.indexOf('fail(');
  if (start < 0) return body;
  let depth = 0;
  let quoted = false;
  for (let i = start + 4; i < body.length; i++) {
    if (body[i] === "'") quoted = !quoted;
    else if (!quoted && body[i] === '(') depth++;
    else if (!quoted && body[i] === ')' && --depth === 0) {
      return withoutErrors(`${body.slice(0, start)}NULL${body.slice(i + 1)}`);
    }
  }
  throw new Error(`Unbalanced macro: ${body}`);
}
