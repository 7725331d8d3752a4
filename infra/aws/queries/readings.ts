/**
 * Saved queries about the readings as Firehose wrote them. They stay right about the other readings, whatever a device
 * sends. Devices are grouped by site and name, because two sites may use the same name.
 */
import { DEVICE, instant, possible } from '../../../services/contract/lake-sql.ts';
import { METRICS } from '../../../services/contract/reading.ts';
import type { SavedQuery } from '../../../services/contract/saved-query.ts';
import { MAX_LATENESS_DAYS } from '../../../services/contract/trusted.ts';
import { ago, LATEST, SENT_HOUR, sentWithin } from './saved-query.ts';

const TIME = `${instant('"timestamp"')} AS time`;

/** Temperature has more columns than the others, under a shorter name. */
const OTHERS = METRICS.filter((metric) => metric !== 'temperature');

const possibleMetrics = (metrics = METRICS) =>
  metrics.map((metric) => `${possible(metric)} AS ${metric}`).join(',\n         ');

/** Larger numbers are exact neither in JSON nor in a reading of the contract. */
const SEQ_IS_VALID = `seq BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER}`;
/** A larger step is a new count, not a gap: at 100 readings a second a device needs four months for it. */
const LONGEST_GAP = 1_000_000_000;
/** Numbers in a block: few enough that one loss leaves few readings to look at. */
const BLOCK = 32;
/** Of more readings with its numbers, some were made at different times: no need to compare them all. */
const MOST_IN_BLOCK = 2 * BLOCK;
/** A number's place in its block, also where a place in time comes before it. */
const inBlock = (number: string) => `bitwise_and(${number}, ${BLOCK - 1})`;
const EPOCH = "TIMESTAMP '1970-01-01 00:00:00 UTC'";

export function readingQueries(readings: string): SavedQuery[] {
  return [
    {
      name: 'fleet-now',
      description:
        'Each site now: devices heard in the last 10 minutes, newest reading, mean and worst values',
      sql: `WITH recent AS (
  SELECT site_id, device_id, ${TIME},
         ${possibleMetrics()}
  FROM ${readings}
  WHERE ${sentWithin(10, 'minute')}
)
SELECT site_id,
       count(DISTINCT device_id) AS devices,
       date_trunc('second', max(time)) AS newest,
       round(avg(temperature), 1) AS avg_temp,
       round(max(temperature), 1) AS max_temp,
${OTHERS.map((metric) => `       round(max(${metric}), 1) AS max_${metric}`).join(',\n')}
FROM recent
WHERE time BETWEEN ${ago(10, 'minute')} AND ${LATEST}
GROUP BY site_id
ORDER BY site_id`,
    },
    {
      name: 'device-last-hour',
      description:
        'Readings of a device in the last hour, by site if several have one of that name. Parameter: DEVICE_ID',
      // `site`, not `site_id`, because a narrow screen may cut it, which it never does with an id.
      sql: `WITH recent AS (
  SELECT ${TIME}, site_id AS site, ${METRICS.join(', ')}, seq
  FROM ${readings}
  WHERE ${sentWithin(1, 'hour')}
    AND device_id = ?
)
SELECT *
FROM recent
WHERE time BETWEEN ${ago(1, 'hour')} AND ${LATEST}
ORDER BY site, time, seq`,
    },
    {
      name: 'hottest-devices',
      description: 'The ten devices with the highest temperature in the last hour, and when each was hottest',
      sql: `WITH recent AS (
  SELECT site_id, device_id, ${TIME},
         ${possibleMetrics(['temperature'])}
  FROM ${readings}
  WHERE ${sentWithin(1, 'hour')}
)
SELECT device_id,
       site_id,
       max(temperature) AS max_temp,
       date_trunc('second', max_by(time, temperature)) AS hottest_at,
       round(avg(temperature), 1) AS avg_temp,
       count(*) AS readings
FROM recent
GROUP BY site_id, device_id
ORDER BY max_temp DESC NULLS LAST, device_id, site_id
LIMIT 10`,
    },
    {
      name: 'hourly-summary',
      description: 'The last 24 hours, per site and hour: devices, readings, temperature and processor',
      sql: `WITH day AS (
  SELECT dt, hour, site_id, device_id,
         ${possibleMetrics(['temperature', 'cpu'])}
  FROM ${readings}
  WHERE ${sentWithin(1, 'day')}
)
SELECT dt || ' ' || hour AS hour_sent,
       site_id,
       count(DISTINCT device_id) AS devices,
       count(*) AS readings,
       round(avg(temperature), 1) AS avg_temp,
       round(max(temperature), 1) AS max_temp,
       round(avg(cpu), 1) AS avg_cpu,
       round(max(cpu), 1) AS max_cpu
FROM day
GROUP BY dt, hour, site_id
ORDER BY site_id, hour_sent`,
    },
    {
      name: 'silent-devices',
      description: 'Devices heard in the last 24 hours, but not in the last 5 minutes; longest silence first',
      // A reading without a usable time was heard by the end of the hour in which it was sent, at the latest.
      sql: `WITH timed AS (
  SELECT site_id, device_id, seq, ${TIME},
         ${SENT_HOUR} AS sent_hour
  FROM ${readings}
  WHERE ${sentWithin(1, 'day')}
), heard AS (
  SELECT site_id, device_id, seq,
         CASE WHEN time <= ${LATEST} THEN time
              ELSE least(sent_hour + interval '1' hour, current_timestamp) END AS time
  FROM timed
)
SELECT device_id,
       site_id,
       date_trunc('second', max(time)) AS last_seen,
       date_diff('minute', max(time), current_timestamp) AS silent_minutes,
       max_by(seq, time) AS last_seq
FROM heard
GROUP BY site_id, device_id
HAVING max(time) < ${ago(5, 'minute')}
ORDER BY last_seen, device_id, site_id`,
    },
    {
      name: 'lost-and-duplicate-readings',
      description:
        'Devices of the last 24 hours whose sequence numbers have gaps or repeats; most lost first',
      // In order of time, a copy is next to its original, and a gap is a step of more than one. A device that restarts
      // counts from 0 again: a step back is not a gap. A row without a usable time or number may fill any gap.
      //
      // It takes long to put every reading in order. So a device's numbers come in blocks, and of nearly every block a
      // count, its ends and one bit for each number that is there tell all. A block is known if its numbers follow each
      // other at one pace (1 where none is missing), or are all there but for one hole, and if what is there again is
      // the same reading. Of such a block the ends are enough; of another, every reading counts.
      sql: `WITH timed AS (
  SELECT site_id, device_id, seq, ${TIME}
  FROM ${readings}
  WHERE ${sentWithin(1, 'day')}
), placed AS (
  SELECT site_id, device_id, seq,
         CASE WHEN ${SEQ_IS_VALID}
              THEN date_diff('millisecond', ${EPOCH}, time) * ${BLOCK} + ${inBlock('seq')} END AS place
  FROM timed
), blocks AS (
  SELECT site_id, device_id,
         CASE WHEN place IS NOT NULL THEN seq / ${BLOCK} END AS block,
         count(*) AS readings,
         min(place) AS first,
         max(place) AS last,
         bitwise_or_agg(bitwise_left_shift(CAST(1 AS bigint), CAST(${inBlock('seq')} AS integer))) AS bits,
         array_agg(place) AS places
  FROM placed
  GROUP BY 1, 2, 3
), spanned AS (
  SELECT site_id, device_id, block, readings, first, last, places,
         bit_count(bits, 64) AS present,
         bits / power(2, ${inBlock('first')}) AS bits,
         ${inBlock('last')} - ${inBlock('first')} + 1 AS numbers
  FROM blocks
), missed AS (
  SELECT site_id, device_id, block, readings, first, last, places, present, bits,
         CASE WHEN readings > present AND readings <= ${MOST_IN_BLOCK} THEN cardinality(array_distinct(places))
              ELSE readings END AS different,
         numbers - present AS missing,
         CASE WHEN present > 1 THEN (numbers - 1) / (present - 1) ELSE 1 END AS pace,
         power(2, numbers) - 1 - bits AS hole
  FROM spanned
), judged AS (
  SELECT site_id, device_id, block, readings, first, last, places, present, missing,
         CASE WHEN different > present OR missing < 0 THEN 0
              WHEN bits = round((power(2, pace * present) - 1) / (power(2, pace) - 1)) THEN pace
              WHEN missing = 0 OR hole <= 0 THEN 0
              WHEN hole = (power(2, missing) - 1) * power(2, round(log2(hole / (power(2, missing) - 1))))
                THEN missing + 1
              ELSE 0 END AS longest_step
  FROM missed
), divided AS (
  SELECT site_id, device_id, block,
         CASE WHEN longest_step > 0 THEN readings ELSE 1 END AS readings,
         CASE WHEN longest_step > 0 THEN readings - present ELSE 0 END AS copies,
         CASE WHEN longest_step > 0 THEN missing ELSE 0 END AS missing,
         CASE WHEN longest_step > 0 THEN longest_step - 1 ELSE 0 END AS longest,
         CASE WHEN longest_step > 0 THEN last END AS last,
         CASE WHEN longest_step > 0 THEN ARRAY[first] ELSE places END AS places
  FROM judged
), pieces AS (
  SELECT site_id, device_id, readings, copies, missing, longest, place,
         place - ${inBlock('place')} AS at,
         block * ${BLOCK} + ${inBlock('place')} AS first_seq,
         block * ${BLOCK} + ${inBlock('coalesce(last, place)')} AS last_seq
  FROM divided
  CROSS JOIN UNNEST(places) AS t(place)
), steps AS (
  SELECT site_id, device_id, readings, copies, missing, longest, place,
         first_seq - lag(last_seq) OVER (PARTITION BY site_id, device_id ORDER BY at, first_seq) AS step,
         lag(place) OVER (PARTITION BY site_id, device_id ORDER BY at, first_seq) AS place_before
  FROM pieces
), gaps AS (
  SELECT site_id, device_id, readings, copies, missing, longest, place,
         CASE WHEN step BETWEEN 2 AND ${LONGEST_GAP} THEN step - 1 ELSE 0 END AS gap,
         step = 0 AND place = place_before AS is_copy
  FROM steps
), counted AS (
  SELECT site_id,
         device_id,
         sum(readings) AS readings,
         greatest(sum(missing + gap) - count_if(place IS NULL), 0) AS lost,
         max(greatest(longest, gap)) AS longest_gap,
         sum(copies) + count_if(is_copy) AS duplicates
  FROM gaps
  GROUP BY site_id, device_id
)
SELECT device_id, site_id, readings, lost, longest_gap, duplicates
FROM counted
WHERE lost > 0 OR duplicates > 0
ORDER BY lost DESC, duplicates DESC, device_id, site_id`,
    },
    {
      name: 'volume-and-lateness',
      description:
        'The last 24 hours, per hour of sending: readings, devices, and how late readings were sent',
      // The lake knows only the hour of sending, so lateness is counted from the start of that hour. What seems later
      // than the trusted layer takes has a wrong clock.
      sql: `WITH timed AS (
  SELECT dt, hour, site_id, device_id, ${TIME},
         ${SENT_HOUR} AS sent_hour
  FROM ${readings}
  WHERE ${sentWithin(1, 'day')}
), late AS (
  SELECT dt, hour, ${DEVICE} AS device,
         CASE WHEN time >= sent_hour - interval '${MAX_LATENESS_DAYS}' day AND time < sent_hour
              THEN date_diff('minute', time, sent_hour) END AS late_minutes
  FROM timed
)
SELECT dt || ' ' || hour AS hour_sent,
       count(*) AS readings,
       count(DISTINCT device) AS devices,
       count(late_minutes) AS made_before_hour,
       coalesce(max(late_minutes), 0) AS max_late_minutes
FROM late
GROUP BY dt, hour
ORDER BY hour_sent`,
    },
  ];
}
