/**
 * Saved queries over the alerts, and the readings behind them. An alert can be there twice (delivery is at least
 * once), so incidents are grouped by `incident_id` before they meet readings.
 */
import { type SavedQuery, sentWithin } from './saved-query.ts';

const TIME = 'from_iso8601_timestamp("timestamp")';

export function alertQueries(alerts: string, readings: string): SavedQuery[] {
  return [
    {
      name: 'incidents-last-day',
      description:
        'Incidents of the last 24 hours, newest first: how long, how bad, and the readings meanwhile',
      sql: `WITH incidents AS (
  SELECT incident_id,
         max(device_id) AS device_id,
         max(rule) AS rule,
         max(metric) AS metric,
         max_by(severity, "at") AS severity,
         max_by(peak, "at") AS peak,
         min(from_iso8601_timestamp(started_at)) AS started_at,
         max(CASE WHEN status = 'resolved' THEN from_iso8601_timestamp("at") END) AS resolved_at
  FROM ${alerts}
  WHERE ${sentWithin(1, 'day', '  ')}
  GROUP BY incident_id
), recent AS (
  SELECT device_id, seq, temperature, cpu, ram, hd, ${TIME} AS time
  FROM ${readings}
  WHERE ${sentWithin(1, 'day', '  ')}
)
SELECT i.started_at,
       i.device_id,
       i.rule,
       i.severity,
       CASE WHEN i.resolved_at IS NULL THEN 'firing' ELSE 'resolved' END AS state,
       date_diff('minute', i.started_at, coalesce(i.resolved_at, current_timestamp)) AS minutes,
       i.peak,
       count(DISTINCT r.seq) AS readings,
       round(avg(CASE i.metric WHEN 'temperature' THEN r.temperature WHEN 'cpu' THEN r.cpu
                               WHEN 'ram' THEN r.ram WHEN 'hd' THEN r.hd END), 1) AS average,
       i.incident_id
FROM incidents i
LEFT JOIN recent r
  ON r.device_id = i.device_id
  AND r.time >= i.started_at
  AND r.time <= coalesce(i.resolved_at, current_timestamp)
GROUP BY i.incident_id, i.device_id, i.rule, i.metric, i.severity, i.peak, i.started_at, i.resolved_at
ORDER BY i.started_at DESC, i.incident_id`,
    },
    {
      name: 'incident-readings',
      description:
        'Readings of an incident of the last 24 hours, from 5 minutes before it to 5 after. Parameter: INCIDENT_ID',
      sql: `WITH incident AS (
  SELECT device_id,
         min(from_iso8601_timestamp(started_at)) AS started_at,
         max(CASE WHEN status = 'resolved' THEN from_iso8601_timestamp("at") END) AS resolved_at
  FROM ${alerts}
  WHERE ${sentWithin(1, 'day', '  ')}
    AND incident_id = ?
  GROUP BY device_id
), recent AS (
  SELECT device_id, seq, temperature, cpu, ram, hd, ${TIME} AS time
  FROM ${readings}
  WHERE ${sentWithin(1, 'day', '  ')}
)
SELECT r.time,
       r.temperature, r.cpu, r.ram, r.hd, r.seq,
       r.time >= i.started_at AND (i.resolved_at IS NULL OR r.time < i.resolved_at) AS in_incident
FROM recent r
JOIN incident i ON r.device_id = i.device_id
WHERE r.time >= i.started_at - interval '5' minute
  AND (i.resolved_at IS NULL OR r.time <= i.resolved_at + interval '5' minute)
ORDER BY r.time, r.seq`,
    },
  ];
}
