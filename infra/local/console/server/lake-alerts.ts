/** Rows of the lake's table of alerts: how they are asked for, and what they are. */
import { ALERT_COLUMNS, type Alert, alertSchema } from '../../../../services/contract/alert.ts';

/** All columns, as a SELECT names them. */
export const ALERT_LIST = ALERT_COLUMNS.map(({ name }) => `"${name}"`).join(', ');

/** The condition on the partition that holds the alerts of these days. */
export const sinceDays = (days: number, nowMs: number): string =>
  `dt >= '${new Date(nowMs - days * 86_400_000).toISOString().slice(0, 10)}'`;

/** Undefined for a row that is none of ours. @param row begins with the columns in the order of {@link ALERT_COLUMNS} */
export function alertOf(row: readonly (string | null)[]): Alert | undefined {
  const fields: Record<string, string | number | null> = {};
  ALERT_COLUMNS.forEach(({ name, type }, i) => {
    const value = row[i] ?? null;
    if (value !== null) fields[name] = type === 'double' ? Number(value) : value;
    else if (name === 'metric') fields[name] = null;
  });
  return alertSchema.safeParse(fields).data;
}
