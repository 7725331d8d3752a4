/**
 * Saved queries about the alerts, and the readings behind them. An alert may be stored twice (delivery is at least
 * once), so alerts are grouped by `incident_id` before they are joined with readings. Others may publish to the topic
 * as well: what has no incident is left out.
 */
import { instant, possible } from '../../../services/contract/lake-sql.ts';
import { METRICS } from '../../../services/contract/reading.ts';
import type { SavedQuery } from '../../../services/contract/saved-query.ts';
import { incidentsIn, RESOLVED_AT } from './incidents.ts';
import { LATEST, sentWithin } from './saved-query.ts';

/** A reading's value of the metric that an incident is about. */
const VALUE_OF_METRIC = METRICS.map((metric) => `WHEN '${metric}' THEN r.${metric}`).join(' ');

/**
 * Readings behind the incidents of a day. They were sent when the incident was noticed or a little earlier, however old
 * they were by then: two hours more than the alerts cover the minutes before an incident, and rules that wait.
 */
const SENT_WITH_INCIDENTS = sentWithin(26, 'hour');

const TIME = `${instant('r."timestamp"')} AS time`;

export function alertQueries(alerts: string, readings: string): SavedQuery[] {
  return [
    {
      name: 'incidents-last-day',
      description:
        'Incidents of the last 24 hours, newest first: how long, how bad, and the readings meanwhile',
      sql: `WITH incidents AS (
  ${incidentsIn(alerts, sentWithin(1, 'day'))}
), sent AS (
  SELECT site_id, device_id, seq, "timestamp",
         ${METRICS.map((metric) => `${possible(metric)} AS ${metric}`).join(',\n         ')}
  FROM ${readings}
  WHERE ${SENT_WITH_INCIDENTS}
), of_devices AS (
  SELECT i.incident_id, i.started_at, i.resolved_at, r.seq, ${TIME},
         CASE i.metric ${VALUE_OF_METRIC} END AS value
  FROM incidents i
  JOIN sent r ON r.site_id = i.site_id AND r.device_id = i.device_id
), meanwhile AS (
  SELECT incident_id,
         count(DISTINCT seq) AS readings,
         round(avg(value), 1) AS average
  FROM of_devices
  WHERE time BETWEEN started_at AND coalesce(resolved_at, ${LATEST})
  GROUP BY incident_id
)
SELECT i.started_at,
       i.device_id,
       i.site_id,
       i.rule,
       i.kind,
       i.severity,
       CASE WHEN i.resolved_at IS NULL THEN 'firing' ELSE 'resolved' END AS state,
       round(date_diff('second', i.started_at, coalesce(i.resolved_at, current_timestamp)) / 60e0, 1) AS minutes,
       i.peak,
       i.silenced_by,
       coalesce(m.readings, 0) AS readings,
       m.average,
       i.incident_id
FROM incidents i
LEFT JOIN meanwhile m ON m.incident_id = i.incident_id
ORDER BY i.started_at DESC, i.incident_id`,
    },
    {
      name: 'incident-readings',
      description:
        'Readings of an incident of the last 24 hours, from 5 minutes before it to 5 after. Parameter: INCIDENT_ID',
      sql: `WITH incident AS (
  SELECT site_id,
         device_id,
         min(${instant('started_at')}) AS started_at,
         ${RESOLVED_AT}
  FROM ${alerts}
  WHERE ${sentWithin(1, 'day')}
    AND incident_id = ?
  GROUP BY site_id, device_id
), sent AS (
  SELECT site_id, device_id, seq, "timestamp", ${METRICS.join(', ')}
  FROM ${readings}
  WHERE ${SENT_WITH_INCIDENTS}
), of_device AS (
  SELECT ${TIME}, ${METRICS.map((metric) => `r.${metric}`).join(', ')}, r.seq, i.started_at, i.resolved_at
  FROM incident i
  JOIN sent r ON r.site_id = i.site_id AND r.device_id = i.device_id
)
SELECT time,
       ${METRICS.join(', ')}, seq,
       time >= started_at AND (resolved_at IS NULL OR time < resolved_at) AS in_incident
FROM of_device
WHERE time >= started_at - interval '5' minute
  AND time <= coalesce(resolved_at + interval '5' minute, ${LATEST})
ORDER BY time, seq`,
    },
  ];
}
