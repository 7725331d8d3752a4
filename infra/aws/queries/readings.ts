/** Saved queries about the readings as Firehose wrote them. */
import { METRICS } from '../../../services/contract/reading.ts';
import type { SavedQuery } from '../../../services/contract/saved-query.ts';
import { ago, sentWithin } from './saved-query.ts';

/** Text becomes a time only where it is shown or calculated with: once per result row, not once per reading. */
const time = (text: string): string => `from_iso8601_timestamp(${text})`;
const TIME = time('"timestamp"');

/** Temperature is told in more detail, under a shorter name. */
const OTHERS = METRICS.filter((metric) => metric !== 'temperature');

export function readingQueries(readings: string): SavedQuery[] {
  return [
    {
      name: 'fleet-now',
      description:
        'Each site now: devices heard in the last 10 minutes, newest reading, mean and worst values',
      sql: `SELECT site_id,
       count(DISTINCT device_id) AS devices,
       date_trunc('second', ${time('max("timestamp")')}) AS newest,
       round(avg(temperature), 1) AS avg_temp,
       round(max(temperature), 1) AS max_temp,
${OTHERS.map((metric) => `       round(max(${metric}), 1) AS max_${metric}`).join(',\n')}
FROM ${readings}
WHERE ${sentWithin(1, 'hour')}
  AND "timestamp" > ${ago(10, 'minute')}
GROUP BY site_id
ORDER BY site_id`,
    },
    {
      name: 'device-last-hour',
      description: 'Every reading of one device in the last hour, oldest first. Parameter: DEVICE_ID',
      sql: `SELECT ${TIME} AS time,
       ${METRICS.join(', ')}, seq
FROM ${readings}
WHERE ${sentWithin(1, 'hour')}
  AND device_id = ?
  AND "timestamp" > ${ago(1, 'hour')}
ORDER BY time, seq`,
    },
    {
      name: 'hottest-devices',
      description: 'The ten devices with the highest temperature in the last hour, and when each was hottest',
      sql: `SELECT device_id,
       max(site_id) AS site_id,
       max(temperature) AS max_temp,
       date_trunc('second', ${time('max_by("timestamp", temperature)')}) AS hottest_at,
       round(avg(temperature), 1) AS avg_temp,
       count(*) AS readings
FROM ${readings}
WHERE ${sentWithin(1, 'hour')}
GROUP BY device_id
ORDER BY max_temp DESC, device_id
LIMIT 10`,
    },
    {
      name: 'hourly-summary',
      description: 'The last 24 hours, per site and hour: devices, readings, temperature and processor',
      sql: `SELECT dt || ' ' || hour AS hour_sent,
       site_id,
       count(DISTINCT device_id) AS devices,
       count(*) AS readings,
       round(avg(temperature), 1) AS avg_temp,
       round(max(temperature), 1) AS max_temp,
       round(avg(cpu), 1) AS avg_cpu,
       round(max(cpu), 1) AS max_cpu
FROM ${readings}
WHERE ${sentWithin(1, 'day')}
GROUP BY dt, hour, site_id
ORDER BY site_id, hour_sent`,
    },
    {
      name: 'silent-devices',
      description: 'Devices heard in the last 24 hours, but not in the last 5 minutes; longest silence first',
      sql: `SELECT device_id,
       max(site_id) AS site_id,
       date_trunc('second', ${time('max("timestamp")')}) AS last_seen,
       date_diff('minute', ${time('max("timestamp")')}, current_timestamp) AS silent_minutes,
       max_by(seq, "timestamp") AS last_seq
FROM ${readings}
WHERE ${sentWithin(1, 'day')}
GROUP BY device_id
HAVING max("timestamp") < ${ago(5, 'minute')}
ORDER BY last_seen, device_id`,
    },
    {
      name: 'lost-and-duplicate-readings',
      description:
        'Devices of the last 24 hours whose sequence numbers have gaps or repeats; most lost first',
      // In order of time, a copy is next to its original, and a gap is a step of more than one. A device that restarts
      // counts from 0 again: a step back is not a gap.
      sql: `WITH steps AS (
  SELECT device_id,
         seq - lag(seq) OVER (PARTITION BY device_id ORDER BY "timestamp", seq) AS step,
         "timestamp" = lag("timestamp") OVER (PARTITION BY device_id ORDER BY "timestamp", seq) AS same_time
  FROM ${readings}
  WHERE ${sentWithin(1, 'day', '  ')}
), counted AS (
  SELECT device_id,
         count(*) AS readings,
         sum(CASE WHEN step > 1 THEN step - 1 ELSE 0 END) AS lost,
         max(CASE WHEN step > 1 THEN step - 1 ELSE 0 END) AS longest_gap,
         count_if(step = 0 AND same_time) AS duplicates
  FROM steps
  GROUP BY device_id
)
SELECT device_id, readings, lost, longest_gap, duplicates
FROM counted
WHERE lost > 0 OR duplicates > 0
ORDER BY lost DESC, duplicates DESC, device_id`,
    },
    {
      name: 'volume-and-lateness',
      description:
        'The last 24 hours, per hour of sending: readings, devices, and how late readings were sent',
      // The lake knows only the hour of sending, so lateness is counted from the start of that hour.
      sql: `SELECT dt || ' ' || hour AS hour_sent,
       count(*) AS readings,
       count(DISTINCT device_id) AS devices,
       count_if(substr("timestamp", 1, 13) < dt || 'T' || hour) AS made_before_hour,
       max(CASE WHEN substr("timestamp", 1, 13) < dt || 'T' || hour
                THEN date_diff('minute', ${TIME}, date_parse(dt || ' ' || hour, '%Y-%m-%d %H'))
                ELSE 0 END) AS max_late_minutes
FROM ${readings}
WHERE ${sentWithin(1, 'day')}
GROUP BY dt, hour
ORDER BY hour_sent`,
    },
  ];
}
