/** The Athena query that an e-mail offers: the readings around an incident, from as few partitions as possible. */
import type { Alert } from '../contract/alert.ts';
import { formatTimestamp } from '../contract/reading.ts';

export interface Lake {
  database: string;
  readingsTable: string;
}

const BEFORE_MS = 10 * 60_000;
const AFTER_MS = 10 * 60_000;
/** Partitions are hours of sending, and a reading may be sent a while after it was made. */
const SENT_LATER_MS = 3_600_000;

/** Readings of these alerts' devices (at most a handful; the caller chooses) from before the first to after the last. */
export function historyQuery(alerts: readonly Alert[], { database, readingsTable }: Lake): string {
  const from = formatTimestamp(Math.min(...alerts.map((alert) => Date.parse(alert.started_at))) - BEFORE_MS);
  const toMs = Math.max(...alerts.map((alert) => Date.parse(alert.at))) + AFTER_MS;
  const metrics = [...new Set(alerts.map((alert) => alert.metric))];
  // No quoting needed: ids have no quotes, and metrics and times are ours.
  return [
    `SELECT device_id, "timestamp", ${metrics.join(', ')}`,
    `FROM "${database}"."${readingsTable}"`,
    `WHERE ${partitions(from, formatTimestamp(toMs + SENT_LATER_MS))}`,
    `  AND site_id ${among(alerts.map((alert) => alert.site_id))}`,
    `  AND device_id ${among(alerts.map((alert) => alert.device_id))}`,
    `  AND "timestamp" BETWEEN '${from}' AND '${formatTimestamp(toMs)}'`,
    'ORDER BY device_id, "timestamp"',
  ].join('\n');
}

/** `dt` and `hour` as plain comparisons, which is what partition projection can prune by. */
function partitions(from: string, to: string): string {
  const [firstDay, firstHour] = [from.slice(0, 10), from.slice(11, 13)];
  const [lastDay, lastHour] = [to.slice(0, 10), to.slice(11, 13)];
  if (firstDay === lastDay) return `dt = '${firstDay}' AND hour BETWEEN '${firstHour}' AND '${lastHour}'`;
  return `dt BETWEEN '${firstDay}' AND '${lastDay}'`;
}

function among(values: readonly string[]): string {
  const [first, ...others] = [...new Set(values)].map((value) => `'${value}'`);
  return others.length === 0 ? `= ${first}` : `IN (${[first, ...others].join(', ')})`;
}
