/**
 * Saved queries about the alerts, and the readings behind them. An alert may be stored twice (delivery is at least
 * once), so alerts are grouped by `incident_id` before they are joined with readings.
 */
import { METRICS } from '../../../services/contract/reading.ts';
import type { SavedQuery } from '../../../services/contract/saved-query.ts';
import { sentWithin } from './saved-query.ts';

/** What a reading says of the metric that an incident is about. */
const VALUE_OF_METRIC = METRICS.map((metric) => `WHEN '${metric}' THEN r.${metric}`).join(' ');

/** Five minutes before or after a time, as text in the lake's format. */
const shifted = (text: string, sign: '-' | '+'): string =>
  `date_format(from_iso8601_timestamp(${text}) ${sign} interval '5' minute, '%Y-%m-%dT%H:%i:%s')`;

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
         min(started_at) AS started_at,
         max(CASE WHEN status = 'resolved' THEN "at" END) AS resolved_at
  FROM ${alerts}
  WHERE ${sentWithin(1, 'day', '  ')}
  GROUP BY incident_id
), meanwhile AS (
  SELECT i.incident_id,
         count(DISTINCT r.seq) AS readings,
         round(avg(CASE i.metric ${VALUE_OF_METRIC} END), 1) AS average
  FROM incidents i
  JOIN ${readings} r ON r.device_id = i.device_id
  WHERE r.dt >= date_format(current_timestamp - interval '1' day, '%Y-%m-%d')
    AND r."timestamp" >= i.started_at
    AND (i.resolved_at IS NULL OR r."timestamp" <= i.resolved_at)
  GROUP BY i.incident_id
)
SELECT from_iso8601_timestamp(i.started_at) AS started_at,
       i.device_id,
       i.rule,
       i.severity,
       CASE WHEN i.resolved_at IS NULL THEN 'firing' ELSE 'resolved' END AS state,
       round(date_diff('second', from_iso8601_timestamp(i.started_at),
                       coalesce(from_iso8601_timestamp(i.resolved_at), current_timestamp)) / 60e0, 1) AS minutes,
       i.peak,
       coalesce(m.readings, 0) AS readings,
       m.average,
       i.incident_id
FROM incidents i
LEFT JOIN meanwhile m ON m.incident_id = i.incident_id
ORDER BY started_at DESC, i.incident_id`,
    },
    {
      name: 'incident-readings',
      description:
        'Readings of an incident of the last 24 hours, from 5 minutes before it to 5 after. Parameter: INCIDENT_ID',
      sql: `WITH incident AS (
  SELECT device_id,
         min(started_at) AS started_at,
         max(CASE WHEN status = 'resolved' THEN "at" END) AS resolved_at
  FROM ${alerts}
  WHERE ${sentWithin(1, 'day', '  ')}
    AND incident_id = ?
  GROUP BY device_id
)
SELECT from_iso8601_timestamp(r."timestamp") AS time,
       ${METRICS.map((metric) => `r.${metric}`).join(', ')}, r.seq,
       r."timestamp" >= i.started_at AND (i.resolved_at IS NULL OR r."timestamp" < i.resolved_at) AS in_incident
FROM incident i
JOIN ${readings} r ON r.device_id = i.device_id
WHERE r.dt >= date_format(current_timestamp - interval '1' day, '%Y-%m-%d')
  AND r."timestamp" >= ${shifted('i.started_at', '-')}
  AND (i.resolved_at IS NULL OR r."timestamp" <= ${shifted('i.resolved_at', '+')})
ORDER BY r."timestamp", r.seq`,
    },
  ];
}
