/** `sequence`: of whole numbers, of dates and of times, each with steps of its own. */
import { byType, isDate, isInteger, isTime, noFunction } from './macro-parts.ts';

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

export const SEQUENCE: string[] = [
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
];
