/** Times in the engine's SQL as Athena means them. The engine would read text as a timestamp, Athena refuses it. */
import { ISO_8601_MACROS } from './iso8601.ts';
import { byType, isDate } from './macro-parts.ts';

export const TIME_MACROS: Record<string, string[]> = {
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
  // Of two dates there are no hours.
  date_diff_of_times: [
    `(u, a, b) AS CASE WHEN ${isDate('a')} AND ${isDate('b')}
       THEN fail('INVALID_FUNCTION_ARGUMENT: ''' || u || ''' is not a valid DATE field') ELSE date_sub(u, a, b) END`,
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
};
