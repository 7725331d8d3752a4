/** Numbers in the engine's SQL as Athena means them, and casts from and to text. */
import { byType, isFloating, isInteger, isText } from './macro-parts.ts';

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

/** White space before or behind. */
const spaced = (form: string) => `\\s+${form}\\s*|${form}\\s+`;
const OF_SPACED = `refuse_of(x, 'CAST of a text with white space around an exact number: some versions of Trino take it, others do not; trim(x) first')`;

const NUMBER_FORM = '([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?';

export const NUMBER_MACROS: Record<string, string[]> = {
  // Casts. Athena rounds half away from zero, and reads only whole numbers from text.
  to_integer: [
    `(x) AS CASE WHEN ${isFloating('x')} THEN CAST(round(CAST(x AS DOUBLE)) AS HUGEINT)
       WHEN ${isText('x')} AND regexp_full_match(CAST(x AS VARCHAR), '${spaced('[+-]?[0-9]+')}') THEN ${OF_SPACED}
       WHEN ${isText('x')} AND NOT regexp_full_match(CAST(x AS VARCHAR), '[+-]?[0-9]+')
       THEN fail('INVALID_CAST_ARGUMENT: Cannot cast ''' || x || ''' to an integer type') ELSE CAST(x AS HUGEINT) END`,
  ],
  boolean_source: [source('BOOLEAN', '(?i)t|f|true|false|0|1')],
  double_text_source: [source('DOUBLE', `\\s*([+-]?${NUMBER_FORM}|[+-]?NaN|[+-]?Infinity)\\s*`)],
  double_source: [
    `(x) AS CASE WHEN ${isText('x')} AND regexp_full_match(CAST(x AS VARCHAR), '\\s*[+-]?(${NUMBER_FORM}[dDfF]|0[xX][0-9a-fA-F.]+[pP][+-]?[0-9]+[dDfF]?)\\s*')
       THEN refuse_of(x, 'CAST of a text such as 12d or 0x1p3, which Athena reads as Java does: as a number') ELSE athena_double_text_source(x) END`,
  ],
  // Athena goes by the decimal digits of a double, this engine by its binary value: 1.005 would become 1.00.
  decimal_source: [
    `(x) AS ${byType(
      {
        digits: `CASE WHEN ${isFloating('x')} THEN CAST(x AS VARCHAR) END`,
        other: `CASE WHEN ${isText('x')} AND regexp_full_match(CAST(x AS VARCHAR), '${spaced(`[+-]?${NUMBER_FORM}`)}') THEN ${OF_SPACED}
          WHEN ${isText('x')} AND NOT regexp_full_match(CAST(x AS VARCHAR), '[+-]?${NUMBER_FORM}')
          THEN fail('INVALID_CAST_ARGUMENT: Cannot cast ''' || CAST(x AS VARCHAR) || ''' to DECIMAL') ELSE x END`,
      },
      `CASE WHEN ${isFloating('x')} THEN 'digits' ELSE 'other' END`,
    )}`,
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
  // The engine gives the narrowest type.
  bit_count: ['(x) AS CAST(bit_count(x) AS BIGINT)'],
};
