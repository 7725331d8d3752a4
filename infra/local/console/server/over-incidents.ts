/** The incidents that are over, from the lake's table of alerts: for a stack whose alerts nobody keeps here. */
import { ALERT_COLUMNS } from '../../../../services/contract/alert.ts';
import type { AskedLake } from '../page-answers.ts';
import type { ListedIncident } from '../page-state.ts';
import { HttpError } from './http.ts';
import { listIncidents, type Watched } from './incident-list.ts';
import { keptForAMinute } from './kept.ts';
import { ALERT_LIST, alertOf, sinceDays } from './lake-alerts.ts';
import { ask, type QueryContext } from './query-runner.ts';

export interface OverIncidents {
  /** Newest first; some may still be open, which only the state table knows. */
  incidents: ListedIncident[];
  asked: AskedLake;
}

/** @param days before now */
export type ReadOver = (days: number) => Promise<OverIncidents>;

const MAX_INCIDENTS = 10_000;

/** @param now ms since the epoch */
export const createOver = (
  queries: QueryContext,
  table: string,
  aboutRule: (rule: string) => Watched,
  now: () => number,
): ReadOver => keptForAMinute(now, (days) => readOver(queries, table, aboutRule, days, now()));

async function readOver(
  queries: QueryContext,
  table: string,
  aboutRule: (rule: string) => Watched,
  days: number,
  atMs: number,
): Promise<OverIncidents> {
  const answer = await ask(queries, lastAlerts(table, days, atMs), [], MAX_INCIDENTS);
  if (answer.state !== 'SUCCEEDED')
    throw new HttpError(502, `The lake could not be asked for incidents: ${answer.reason ?? answer.state}`);
  const alerts = answer.rows.flatMap((row) => alertOf(row) ?? []);
  const { incidents } = listIncidents(alerts, { items: [], isWhole: true }, aboutRule);
  const { scannedBytes, cost } = answer;
  const total = Number(answer.rows[0]?.[ALERT_COLUMNS.length] ?? 0);
  const at = new Date(atMs).toISOString();
  return { incidents, asked: { days, at, total, listed: incidents.length, scannedBytes, cost } };
}

/** Of each incident the last alert, and how many incidents there are. */
function lastAlerts(table: string, days: number, nowMs: number): string {
  return `WITH ordered AS (
  SELECT ${ALERT_LIST},
         row_number() OVER (PARTITION BY incident_id ORDER BY "at" DESC) AS place
  FROM ${table}
  WHERE ${sinceDays(days, nowMs)}
)
SELECT ${ALERT_LIST}, count(*) OVER () AS total
FROM ordered
WHERE place = 1
ORDER BY "at" DESC
LIMIT ${MAX_INCIDENTS}`;
}
