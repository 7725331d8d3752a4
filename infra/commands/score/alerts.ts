/** The alerts that were sent, from the stack's table of alerts or from a file. */
import { z } from 'zod';
import { ALERT_STATUSES } from '../../../services/contract/alert.ts';
import { METRICS } from '../../../services/contract/reading.ts';
import { Athena } from '../../cli/athena-client.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import type { ScoredAlert } from './match.ts';

/** The part of an alert that scoring needs, checked. */
export const scoredAlertSchema = z.object({
  incident_id: z.string(),
  status: z.enum(ALERT_STATUSES),
  site_id: z.string(),
  device_id: z.string(),
  metric: z.nullable(z.enum(METRICS)),
  at: z.iso.datetime(),
});
const COLUMNS = Object.keys(scoredAlertSchema.shape);

/** Range of event times, ISO 8601. */
export interface Span {
  start: string;
  end: string;
}

/** Alerts that have reached the lake: the newest may still be in the delivery stream's buffer. */
export async function alertsOfStack(
  outputs: StackOutputs,
  span: Span,
  signal: AbortSignal,
): Promise<ScoredAlert[]> {
  const athena = new Athena(outputs);
  try {
    const { rows } = await athena.run(alertQuery(outputs.AlertsTableName, span), [], signal);
    return rows.flatMap(toAlert);
  } finally {
    athena.close();
  }
}

/** Ignores what is not an alert, because others may publish to the topic as well. */
function toAlert(row: (string | null)[]): ScoredAlert[] {
  const columns = Object.fromEntries(COLUMNS.map((name, i) => [name, row[i]]));
  const { data } = scoredAlertSchema.safeParse(columns);
  return data ? [data] : [];
}

/** Limited by partition, so that only the days of the run are scanned, and the day after for late alerts. */
export function alertQuery(table: string, { start, end }: Span): string {
  const lastDay = new Date(Date.parse(end) + 86_400_000).toISOString().slice(0, 10);
  return `SELECT ${COLUMNS.map((name) => `"${name}"`).join(', ')} FROM "${table}"
WHERE dt BETWEEN '${start.slice(0, 10)}' AND '${lastDay}' AND "at" BETWEEN '${start}' AND '${end}'`;
}
