/** Text and JSON in the engine's SQL as Athena means them. */
import { isDecimal, isFloating, isInteger, isNull } from './macro-parts.ts';

export const TEXT_MACROS: Record<string, string[]> = {
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
};
