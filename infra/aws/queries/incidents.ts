/**
 * Saved queries about incidents: what is open, which rules make most of them, how long they last. An alert may be stored
 * twice, so alerts are grouped by `incident_id`; what has none, others have published to the topic.
 */
import { instant } from '../../../services/contract/lake-sql.ts';
import type { SavedQuery } from '../../../services/contract/saved-query.ts';
import { sentWithin } from './saved-query.ts';

export const RESOLVED_AT = `max(CASE WHEN status = 'resolved' THEN ${instant('"at"')} END) AS resolved_at`;

/** Incidents of alerts within these partitions, each onci. */
export const incidentsIn = (alerts: string, partitions: string): string => `SELECT incident_id,
         max(site_id) AS site_id,
         max(device_id) AS device_id,
         max(rule) AS rule,
         coalesce(max(kind), 'threshold') AS kind,
         max(metric) AS metric,
         max_by(severity, "at") AS severity,
         max_by(peak, "at") AS peak,
         min(${instant('started_at')}) AS started_at,
         ${RESOLVED_AT},
         bool_or(status = 'resolved') AS is_over,
         count(closed_by) > 0 AS by_hand,
         max(silenced_by) AS silenced_by,
         count(silenced_by) > 0 AS silenced
  FROM ${alerts}
  WHERE ${partitions}
    AND incident_id IS NOT NULL
  GROUP BY incident_id`;

/** Shorter than this, nobody could have done anything. */
const SHORT_MINUTES = 5;
const MINUTES = "date_diff('second', started_at, resolved_at) / 60e0";

export function incidentQueries(alerts: string): SavedQuery[] {
  const month = sentWithin(30, 'day');
  const week = sentWithin(7, 'day');
  return [
    {
      name: 'open-incidents',
      description:
        'Incidents of the last 30 days without an end in the lake, critical first. As of now: npm run incidents',
      sql: `WITH incidents AS (
  ${incidentsIn(alerts, month)}
)
SELECT severity,
       started_at,
       round(date_diff('second', started_at, current_timestamp) / 60e0, 1) AS minutes,
       site_id,
       device_id,
       rule,
       peak,
       silenced,
       incident_id
FROM incidents
WHERE NOT is_over
ORDER BY severity = 'critical' DESC, started_at, incident_id`,
    },
    {
      name: 'noisiest-rules',
      description: `Rules by their incidents of the last 7 days: how many, where, and how many over in ${SHORT_MINUTES} minutes`,
      sql: `WITH incidents AS (
  ${incidentsIn(alerts, week)}
)
SELECT rule,
       kind,
       count(*) AS incidents,
       count_if(severity = 'critical') AS critical,
       count(DISTINCT site_id) AS sites,
       count(DISTINCT site_id || ' ' || device_id) AS devices,
       count_if(${MINUTES} < ${SHORT_MINUTES}) AS short,
       count_if(silenced) AS silenced
FROM incidents
GROUP BY rule, kind
ORDER BY incidents DESC, rule`,
    },
    {
      name: 'time-to-resolve',
      description: 'How long incidents of the last 30 days lasted, by rule and severity, in minutes',
      sql: `WITH incidents AS (
  ${incidentsIn(alerts, month)}
)
SELECT rule,
       severity,
       count_if(is_over) AS resolved,
       count_if(NOT is_over) AS still_open,
       count_if(by_hand) AS by_hand,
       round(approx_percentile(${MINUTES}, 0.5), 1) AS median_minutes,
       round(approx_percentile(${MINUTES}, 0.9), 1) AS p90_minutes,
       round(max(${MINUTES}), 1) AS longest_minutes
FROM incidents
GROUP BY rule, severity
ORDER BY resolved DESC, rule, severity`,
    },
  ];
}
