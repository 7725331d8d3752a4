/** An incident that is not among the alerts that are kept, from the lake's table of alerts. */
import type { Alert } from '../../../../services/contract/alert.ts';
import type { ListedIncident } from '../page-state.ts';
import { listIncidents, type Watched } from './incident-list.ts';
import { keptForAMinute } from './kept.ts';
import { ALERT_LIST, alertOf, sinceDays } from './lake-alerts.ts';
import { ask, type QueryContext } from './query-runner.ts';

/** Undefined where the lake does not have it, either. */
export type ReadPast = (id: string) => Promise<ListedIncident | undefined>;

const DAYS = 31;
const MAX_ALERTS = 500;
const ID = /^[0-9a-f]{24}$/;

/** @param now ms since the epoch */
export function createPast(
  queries: QueryContext,
  table: string,
  aboutRule: (rule: string) => Watched,
  now: () => number,
): ReadPast {
  const read = keptForAMinute(now, async (id: string) => {
    const alerts = await readAlerts(queries, table, id, now());
    // What is not in the state table is over, whatever the last alert of it says.
    return listIncidents(alerts, { items: [], isWhole: true }, aboutRule).incidents[0];
  });
  return async (id) => (ID.test(id) ? read(id) : undefined);
}

async function readAlerts(queries: QueryContext, table: string, id: string, nowMs: number): Promise<Alert[]> {
  const sql = `SELECT ${ALERT_LIST}
FROM ${table}
WHERE ${sinceDays(DAYS, nowMs)}
  AND incident_id = ?
ORDER BY "at"`;
  const answer = await ask(queries, sql, [id], MAX_ALERTS);
  return answer.rows.flatMap((row) => alertOf(row) ?? []);
}
