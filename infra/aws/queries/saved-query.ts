/** What the saved queries share. */
import { MAX_CLOCK_SKEW_MS } from '../../../services/contract/reading.ts';

type Unit = 'minute' | 'hour' | 'day';

/** The moment this long ago. */
export const ago = (amount: number, unit: Unit): string => `current_timestamp - interval '${amount}' ${unit}`;

/** The latest time that a clock may show: as far ahead of now as the detector allows. */
export const LATEST = `current_timestamp + interval '${MAX_CLOCK_SKEW_MS / 60_000}' minute`;

/**
 * Partitions of the last `amount` units up to now. `dt >= …` is a range that partition projection can enumerate; the
 * comparison of `dt || ' ' || hour` then drops the hours of the first day that are too old. The partition is the hour
 * of *sending*, so a reading made within the last hour cannot be in an older partition, and one made two days ago that
 * was sent just now is in the newest.
 */
export function sentWithin(amount: number, unit: Unit): string {
  const since = ago(amount, unit);
  return `dt >= date_format(${since}, '%Y-%m-%d')
    AND dt || ' ' || hour >= date_format(${since}, '%Y-%m-%d %H')`;
}

/** Start of the hour in which a row was sent. */
export const SENT_HOUR = `date_parse(dt || ' ' || hour, '%Y-%m-%d %H')`;
