/**
 * `from_iso8601_timestamp`, as three macros. In Athena the value keeps the offset of its text. A timestamp here keeps
 * none, so the macro depends on who takes the value: who compares it wants the instant, who reads its hour the wall
 * clock of its own offset, and who would show it may have it only where it is UTC. Each comes a second time for TRY, as
 * `…_or_null`: there NULL is the answer to a text that is not a time, and an error would cost a thousand times as much.
 */

/** The common form, in which only the numbers can be wrong. */
const SHAPE =
  '[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}(:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?';
/** Whatever else Athena's parser may take: weeks, days of the year, years alone, one digit for two, times alone. */
const UNCOMMON =
  '(?i)([+-]?[0-9]{1,9}(-(W[0-9]{1,2}(-[0-9])?|[0-9]{1,3}|[0-9]{1,2}-[0-9]{1,2}))?)?(T[0-9:.,]*(Z|[+-][0-9:.,]+)?)?';

/** `2026-01-31T09:30:00.000Z`: as the readings have it, and cheap to recognize. */
export const PLAIN_PATTERN = '____-__-__T__:__:__.___Z';
/**
 * What the engine reads in this form, and Athena does not: the end of a day, which is the only one of the hours from 24,
 * and white space or a sign for the first digit of the year or of the hour. For any other digit, the engine takes none.
 */
const IS_READ_ALIKE = `NOT suffix(x, 'T24:00:00.000Z') AND x >= '0' AND substr(x, 12, 1) >= '0'`;
const IS_PLAIN = `x LIKE '${PLAIN_PATTERN}' AND ${IS_READ_ALIKE}`;

/**
 * What is behind the T: its clock, and its offset without a sign for UTC. Both are taken once, and so is what follows of
 * them: every mention would be one more regular expression for the engine to compile, in every query.
 */
const PARTS = `{clock: regexp_extract(x, 'T([0-9:]*[.,]?[0-9]{0,3})', 1), zone: regexp_extract(x, 'T[0-9:.,]*([+-][0-9:]+)$', 1)}`;
/** Fields by a call: in HAVING, the engine takes `p.clock` for a column. */
const CLOCK = `struct_extract(p, 'clock')`;
const ZONE = `struct_extract(p, 'zone')`;
const T_LOCAL = `struct_extract(t, 'local')`;
const T_MINUTES = `struct_extract(t, 'minutes')`;
const LOCAL = `TRY_CAST(substr(x, 1, 10) || ' ' || CASE length(${CLOCK}) WHEN 0 THEN '00:00' WHEN 2 THEN ${CLOCK} || ':00'
  ELSE replace(${CLOCK}, ',', '.') END AS TIMESTAMP)`;
const HOURS = `CAST(substr(${ZONE}, 2, 2) AS BIGINT)`;
const OF_HOUR = `CASE WHEN length(${ZONE}) > 3 THEN CAST(right(${ZONE}, 2) AS BIGINT) ELSE 0 END`;
const MINUTES = `CASE WHEN ${ZONE} = '' THEN 0 ELSE (60 * ${HOURS} + ${OF_HOUR})
  * CASE WHEN starts_with(${ZONE}, '-') THEN -1 ELSE 1 END END`;
/** An expression of `t.local` and `t.minutes`. */
const ofParts = (sql: string) =>
  `list_transform(list_transform([${PARTS}], p -> {local: ${LOCAL}, minutes: ${MINUTES}}), t -> ${sql})[1]`;

const INVALID = `fail('INVALID_FUNCTION_ARGUMENT: Invalid format: "' || x || '"')`;
const refusal = (why: string) => `refuse('from_iso8601_timestamp of ''' || x || '''${why}')`;

/**
 * `plain` for the plain form, `otherwise` in terms of `t.local` and `t.minutes`; both of the same type. NULL comes out as
 * NULL.
 * @param invalid for a text that is not a time
 */
const parsed = (
  plain: string,
  otherwise: string,
  invalid: string,
) => `(x) AS CASE WHEN ${IS_PLAIN} THEN ${plain}
  WHEN NOT regexp_full_match(x, '${SHAPE}') THEN CASE WHEN x <> '' AND regexp_full_match(x, '${UNCOMMON}')
    THEN ${refusal(': only the form 2026-01-31T09:30:00.000, with Z or an offset')} ELSE ${invalid} END
  ELSE ${ofParts(`CASE WHEN ${T_LOCAL} IS NULL OR substr(x, 12, 2) > '23' THEN ${invalid}
    WHEN abs(${T_MINUTES}) > 840 THEN ${refusal(': an offset of more than 14 hours; with TRY, too, Athena fails at it')}
    ELSE ${otherwise} END`)} END`;

/** By way of microseconds: the engine's cast from one type to the other asks its calendar for every row. */
const utc = (local: string) => `make_timestamptz(epoch_us(${local}))`;
const KEEPS_UTC = refusal(" as a result: only UTC is kept here. Compare it, or take it AT TIME ZONE ''UTC''");

/** For a text that is known to be in the plain form: of the many others, the engine need not even hear. */
const known = (plain: string, invalid: string) =>
  `(x) AS CASE WHEN ${IS_READ_ALIKE} THEN ${plain} WHEN x IS NOT NULL THEN ${invalid} END`;

/** @param cast of a text to a type; the Z of the plain form tells the engine the zone, so none has to be computed */
const macros = (suffix: string, cast: string, invalid: string): Record<string, string[]> => {
  const plain = `${cast}(x AS TIMESTAMP WITH TIME ZONE)`;
  const plainWallClock = `${cast}(x AS TIMESTAMP)`;
  return {
    [`from_iso8601_timestamp${suffix}`]: [
      parsed(plain, `CASE WHEN ${T_MINUTES} <> 0 THEN ${KEEPS_UTC} ELSE ${utc(T_LOCAL)} END`, invalid),
    ],
    [`from_iso8601_instant${suffix}`]: [
      parsed(plain, `make_timestamptz(epoch_us(${T_LOCAL}) - 60000000 * ${T_MINUTES})`, invalid),
    ],
    [`from_iso8601_wall_clock${suffix}`]: [parsed(plainWallClock, T_LOCAL, invalid)],
    [`from_iso8601_plain_timestamp${suffix}`]: [known(plain, invalid)],
    [`from_iso8601_plain_instant${suffix}`]: [known(plain, invalid)],
    [`from_iso8601_plain_wall_clock${suffix}`]: [known(plainWallClock, invalid)],
  };
};

export const ISO_8601_MACROS = {
  ...macros('', 'CAST', INVALID),
  ...macros('_or_null', 'TRY_CAST', 'NULL'),
};
