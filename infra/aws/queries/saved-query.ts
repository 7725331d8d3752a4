/** What the saved queries share. */

/**
 * Partitions of the last `amount` units up to now. `dt >= …` is a range that partition projection can enumerate; the
 * comparison of `dt || ' ' || hour` then drops the hours of the first day that are too old. The partition is the hour
 * of *sending*, so a reading made within the last hour cannot be in an older partition.
 */
export function sentWithin(amount: number, unit: 'hour' | 'day', indent = ''): string {
  const since = `current_timestamp - interval '${amount}' ${unit}`;
  return [
    `dt >= date_format(${since}, '%Y-%m-%d')`,
    `${indent}  AND dt || ' ' || hour >= date_format(${since}, '%Y-%m-%d %H')`,
  ].join('\n');
}

/** The `"timestamp"` text of a moment this long ago. The lake's times have one format, so text order is time order. */
export const ago = (amount: number, unit: 'minute' | 'hour'): string =>
  `date_format(current_timestamp - interval '${amount}' ${unit}, '%Y-%m-%dT%H:%i:%s')`;
