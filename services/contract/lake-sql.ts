/**
 * Expressions about what the lake holds, in SQL that Athena and the local runtime answer alike. Firehose checks types
 * and not meanings: a text that is not a time, or a number that is out of range, becomes a row like any other, and must
 * not decide over a query about the rest of the fleet.
 */
import { METRIC_FIELDS, type Metric, ROUNDING } from './reading.ts';

/** The contract's own form, which is cheap to recognize. */
const PLAIN = '____-__-__T__:__:__.___Z';
/**
 * Any date and time, with or without zone. Offsets end at 14 hours, as the zones of Athena do. No `?` in it: that would
 * look like a parameter of a saved query.
 */
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const TIME = '[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9}){0,1}){0,1}';
const ZONE = '(Z|[+-](0[0-9]|1[0-3]):{0,1}[0-5][0-9]|[+-]14:{0,1}00){0,1}';

/** As Athena's parser wants it. RFC 3339 also allows a space, and small letters. */
const upper = (text: string) => `replace(upper(${text}), ' ', 'T')`;

/**
 * The instant of a text, `timestamp with time zone` in UTC; NULL where it is none. A text without a zone is UTC.
 *
 * The forms come before TRY, because TRY does not catch all that Athena's parser throws: an offset of 15 hours or the
 * year 200000 fails the query in spite of it. Nearly every text has the plain form, which is taken as it is.
 */
export const instant = (text: string): string =>
  `CASE WHEN ${text} LIKE '${PLAIN}' THEN ${parsed(text)}
       WHEN regexp_like(${upper(text)}, '^${DATE}T${TIME}${ZONE}$') THEN ${parsed(upper(text))} END`;

const parsed = (text: string) => `try(from_iso8601_timestamp(${text}) AT TIME ZONE 'UTC')`;

/**
 * A metric's value as the detector takes it; NULL where it is physically impossible, and one such value would spoil a
 * mean or a maximum. What lies within the range comes first: of that, nothing has to be computed, and where the
 * statistics of a file say that all of it does, nothing has to be compared.
 */
export function possible(metric: Metric, column: string = metric): string {
  const { min, max } = METRIC_FIELDS[metric].range;
  const taken = `least(greatest(${column}, ${min}e0), ${max}e0)`;
  return `CASE WHEN ${column} BETWEEN ${min}e0 AND ${max}e0 THEN ${column}
              WHEN ${column} BETWEEN ${min - ROUNDING}e0 AND ${max + ROUNDING}e0 THEN ${taken} END`;
}

/** A device's name among all sites: its own name is unique only within its site. */
export const DEVICE = `site_id || ' ' || device_id`;
