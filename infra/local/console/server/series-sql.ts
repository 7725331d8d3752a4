/** SQL for readings over time, in equal pieces: however many readings there are, the answer has a few hundred rows. Pure. */
import { instant, possible } from '../../../../services/contract/lake-sql.ts';
import { METRICS, type Metric } from '../../../../services/contract/reading.ts';

/** Seconds since the epoch. */
export interface Span {
  from: number;
  to: number;
}

/** Whose readings: of one device, of a site, or of all. Values come as parameters. */
interface Whose {
  site?: string | undefined;
  device?: string | undefined;
}

export interface Statement {
  sql: string;
  /** Values of its `?`. */
  parameters: string[];
}

const DAY = 86_400;
/** A clock may be so far ahead. */
const AHEAD = 300;
const MOST_BUCKETS = 300;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, DAY];
const OUTLIERS = 6;
/** An outlier is so many times as far from the middle as eight of ten readings are from each other. */
export const FAR = 1.5;

/** The shortest piece of a round length of which a chart takes all. */
export const bucketOf = ({ from, to }: Span): number =>
  STEPS.find((step) => (to - from) / step <= MOST_BUCKETS) ?? DAY;

/**
 * Partitions that may have readings of this time: they are sent when they are made, or up to a day later where the line
 * was down.
 */
export function sentBetween({ from, to }: Span): string {
  const hour = (second: number) => new Date(second * 1000).toISOString().slice(0, 13).replace('T', ' ');
  const [first, last] = [hour(from - AHEAD), hour(to + DAY)];
  return `dt BETWEEN '${first.slice(0, 10)}' AND '${last.slice(0, 10)}'
    AND dt || ' ' || hour BETWEEN '${first}' AND '${last}'`;
}

export const isOf = ({ site, device }: Whose): Statement => ({
  sql: `${site === undefined ? '' : '\n    AND site_id = ?'}${device === undefined ? '' : '\n    AND device_id = ?'}`,
  parameters: [site, device].filter((value) => value !== undefined),
});

/**
 * Readings of that time, with their place in it. That `second` is a double, the query says itself: local Athena then needs
 * no look at each value to make a whole number of it.
 */
const timed = (readings: string, metrics: readonly Metric[], whose: Statement, span: Span) => `WITH sent AS (
  SELECT site_id, device_id, to_unixtime(${instant('"timestamp"')}) AS second,
         ${metrics.map((metric) => `${possible(metric)} AS ${metric}`).join(',\n         ')}
  FROM ${readings}
  WHERE ${sentBetween(span)}${whose.sql}
), placed AS (
  SELECT *, CAST(floor(CAST(second AS double) / ${bucketOf(span)}) * ${bucketOf(span)} AS bigint) AS bucket
  FROM sent
  WHERE second >= ${span.from} AND second < ${span.to}
)`;

/** Every metric of one device: bucket, readings, newest, devices, then low, middle and high of each metric. */
export function deviceSeries(readings: string, whose: Required<Whose>, span: Span): Statement {
  const own = isOf(whose);
  const columns = METRICS.flatMap((metric) => [
    `min(${metric}) AS ${metric}_low`,
    `avg(${metric}) AS ${metric}_middle`,
    `max(${metric}) AS ${metric}_high`,
  ]);
  return {
    sql: `${timed(readings, METRICS, own, span)}
SELECT bucket, count(*) AS readings, max(second) AS newest, 1 AS devices,
       ${columns.join(',\n       ')}
FROM placed
GROUP BY bucket
ORDER BY bucket`,
    parameters: own.parameters,
  };
}

/** One metric of many devices: bucket, readings, newest, then how its values are spread. */
export function fleetSeries(readings: string, whose: Whose, metric: Metric, span: Span): Statement {
  const own = isOf(whose);
  return {
    sql: `${timed(readings, [metric], own, span)}, spread AS (
  SELECT bucket, count(*) AS readings, max(second) AS newest, min(${metric}) AS low, max(${metric}) AS high,
         approx_percentile(${metric}, ARRAY[0.1, 0.5, 0.9]) AS percentiles
  FROM placed
  GROUP BY bucket
)
SELECT bucket, readings, newest,
       low AS ${metric}_low,
       element_at(percentiles, 1) AS ${metric}_tenth,
       element_at(percentiles, 2) AS ${metric}_middle,
       element_at(percentiles, 3) AS ${metric}_ninetieth,
       high AS ${metric}_high
FROM spread
ORDER BY bucket`,
    parameters: own.parameters,
  };
}

/** A number as Athena writes one. */
const double = (value: number) => value.toExponential(6);

/** The devices that went furthest from the middle: site, device, how far, and how many devices there are at all. */
export function furthestDevices(
  readings: string,
  whose: Whose,
  metric: Metric,
  span: Span,
  middle: number,
): Statement {
  const own = isOf(whose);
  return {
    sql: `${timed(readings, [metric], own, span)}
SELECT site_id, device_id, max(abs(${metric} - ${double(middle)})) AS distance, count(*) OVER () AS devices
FROM placed
GROUP BY site_id, device_id
ORDER BY max(abs(${metric} - ${double(middle)})) DESC
LIMIT ${OUTLIERS}`,
    parameters: own.parameters,
  };
}

/** Of these devices: site, device, bucket, and the value in it that is furthest from the middle. */
export function outlierSeries(
  readings: string,
  devices: readonly Required<Whose>[],
  metric: Metric,
  span: Span,
  middle: number,
): Statement {
  const own = {
    sql: `\n    AND (${devices.map(() => 'site_id = ? AND device_id = ?').join(' OR ')})`,
    parameters: devices.flatMap(({ site = '', device = '' }) => [site, device]),
  };
  return {
    sql: `${timed(readings, [metric], own, span)}
SELECT site_id, device_id, bucket, max_by(${metric}, abs(${metric} - ${double(middle)})) AS value
FROM placed
GROUP BY site_id, device_id, bucket
ORDER BY bucket`,
    parameters: own.parameters,
  };
}
