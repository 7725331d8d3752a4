/** An incident that is not among the alerts that are kept, from the lake's table of alerts. */
import { ALERT_COLUMNS, type Alert, alertSchema } from '../../../../services/contract/alert.ts';
import type { ListedIncident } from '../page-state.ts';
import { listIncidents, type Watched } from './incident-list.ts';
import { ask, type QueryContext } from './query-runner.ts';

/** Undefined where the lake does not have it, either. */
export type ReadPast = (id: string) => Promise<ListedIncident | undefined>;

const DAYS = 31;
const MAX_ALERTS = 500;
/** Who looks at an incident asks for it every time that any has changed. */
const KEPT_MS = 60_000;
const MAX_KEPT = 100;
const ID = /^[0-9a-f]{24}$/;

/** @param now ms since the epoch */
export function createPast(
  queries: QueryContext,
  table: string,
  aboutRule: (rule: string) => Watched,
  now: () => number,
): ReadPast {
  const kept = new Map<string, { atMs: number; incident: ListedIncident | undefined }>();
  return async (id) => {
    if (!ID.test(id)) return undefined;
    const known = kept.get(id);
    if (known && now() - known.atMs < KEPT_MS) return known.incident;
    const alerts = await readAlerts(queries, table, id, now());
    // What is not in the state table is over, whatever the last alert of it says.
    const [incident] = listIncidents(alerts, { items: [], isWhole: true }, aboutRule).incidents;
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(id, { atMs: now(), incident });
    return incident;
  };
}

async function readAlerts(queries: QueryContext, table: string, id: string, nowMs: number): Promise<Alert[]> {
  const since = new Date(nowMs - DAYS * 86_400_000).toISOString().slice(0, 10);
  const columns = ALERT_COLUMNS.map(({ name }) => `"${name}"`).join(', ');
  const sql = `SELECT ${columns}
FROM ${table}
WHERE dt >= '${since}'
  AND incident_id = ?
ORDER BY "at"`;
  const answer = await ask(queries, sql, [id], MAX_ALERTS);
  return answer.rows.flatMap((row) => alertOf(row) ?? []);
}

/** Undefined for a row that is none of ours. @param row in the order of {@link ALERT_COLUMNS} */
export function alertOf(row: readonly (string | null)[]): Alert | undefined {
  const fields: Record<string, string | number | null> = {};
  ALERT_COLUMNS.forEach(({ name, type }, i) => {
    const value = row[i] ?? null;
    if (value !== null) fields[name] = type === 'double' ? Number(value) : value;
    else if (name === 'metric') fields[name] = null;
  });
  return alertSchema.safeParse(fields).data;
}
