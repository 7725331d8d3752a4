/** What the lake has about an incident: its alerts, each once, and the readings around its beginning. */
import {
  ALERT_COLUMNS,
  ALERT_STATUSES,
  type Alert,
  alertSchema,
  WHOLE_SITE,
} from '../../../services/contract/alert.ts';
import { METRICS } from '../../../services/contract/reading.ts';
import { formatSentHour } from '../../../services/contract/time.ts';
import { historyQuery, type Noticed } from '../../../services/detector/history-query.ts';
import type { Athena, QueryResult } from '../../cli/athena-client.ts';
import type { OpenIncident } from '../../cli/incidents/open-incident.ts';
import type { StackOutputs } from '../../cli/outputs.ts';

/** Of a longer incident, only the readings of its first hours: what went wrong shows there. */
const MAX_SHOWN_MS = 2 * 3_600_000;

/**
 * Alerts of every incident whose id begins like this, oldest first.
 * @param id hexadecimal
 * @param fromDay the first partition that is read, YYYY-MM-DD
 */
export async function alertsLike(
  athena: Athena,
  { AlertsTableName }: StackOutputs,
  id: string,
  fromDay: string,
  signal: AbortSignal,
): Promise<Alert[]> {
  const columns = ALERT_COLUMNS.map(({ name }) => `"${name}"`).join(', ');
  const sql = `SELECT ${columns} FROM "${AlertsTableName}"\nWHERE dt >= '${fromDay}' AND incident_id LIKE '${id}%'`;
  const { rows } = await athena.run(sql, [], signal);
  const alerts = new Map<string, Alert>();
  for (const row of rows) {
    const alert = toAlert(row);
    if (alert) alerts.set(alert.notification_id, alert);
  }
  return [...alerts.values()].sort((a, b) => a.at.localeCompare(b.at) || order(a) - order(b));
}

/** As things happen to an incident. */
const order = ({ status }: Alert) => ALERT_STATUSES.indexOf(status);

/** Undefined for what others have published to the topic. */
function toAlert(row: QueryResult['rows'][number]): Alert | undefined {
  const fields = ALERT_COLUMNS.flatMap(({ name, type }, i): [string, string | number | null][] => {
    const value = row[i] ?? null;
    if (value === null) return name === 'metric' ? [[name, null]] : [];
    return [[name, type === 'double' ? Number(value) : value]];
  });
  return alertSchema.safeParse(Object.fromEntries(fields)).data;
}

/**
 * The query of the readings from ten minutes before an incident; none for a whole site, which may be thousands of
 * devices.
 * @param alerts of this incident, oldest first
 */
export function readingsQuery(
  incident: OpenIncident | undefined,
  alerts: readonly Alert[],
  { DatabaseName: database, ReadingsTableName: readingsTable }: StackOutputs,
  nowMs: number,
): string | undefined {
  const noticed = noticedOf(incident, alerts, nowMs);
  if (noticed === undefined || noticed.device_id === WHOLE_SITE) return undefined;
  return historyQuery([noticed], { database, readingsTable });
}

function noticedOf(
  incident: OpenIncident | undefined,
  alerts: readonly Alert[],
  nowMs: number,
): Noticed | undefined {
  const [first] = alerts;
  const last = alerts.at(-1);
  const about = first ?? (incident && { ...incident, metric: null });
  if (about === undefined) return undefined;
  const made_from = first?.made_from ?? about.started_at;
  const ended = last?.status === 'resolved' ? Date.parse(last.at) : nowMs;
  const madeToMs = Math.max(
    Date.parse(about.at),
    Math.min(ended, Date.parse(about.started_at) + MAX_SHOWN_MS),
  );
  const sentFrom = about.sent_from ?? formatSentHour(Date.parse(about.started_at));
  const sentFromMs = Date.parse(`${sentFrom.slice(0, 10)}T${sentFrom.slice(11)}:00:00.000Z`);
  const sent_to = formatSentHour(Math.min(nowMs, sentFromMs + MAX_SHOWN_MS));
  return {
    ...{ site_id: about.site_id, device_id: about.device_id, metric: about.metric },
    ...{ started_at: about.started_at, at: about.at, made_from, made_to: new Date(madeToMs).toISOString() },
    ...{ sent_from: sentFrom, sent_to, timestamp_sent: sent_to },
  };
}

export interface Drawn {
  metric: (typeof METRICS)[number];
  values: number[];
}

/** Of a result of {@link readingsQuery}, the series that has values. */
export function seriesOf({ columns, rows }: QueryResult): Drawn[] {
  return METRICS.flatMap((metric) => {
    const column = columns.findIndex(({ name }) => name === metric);
    const values = rows.flatMap((row) => {
      const value = row[column] ?? null;
      return value === null ? [] : [Number(value)];
    });
    return values.length > 1 ? [{ metric, values }] : [];
  });
}
