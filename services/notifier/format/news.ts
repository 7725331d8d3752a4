/** What a message of the alert topic says: one alert, or a digest of many of one rule and status. */

import * as z from 'zod/mini';
import { ALERT_STATUSES, type Alert, type AlertStatus, alertSchema } from '../../contract/alert.ts';
import { type ChannelFilter, wants } from '../../contract/channel.ts';
import { SEVERITIES, type Severity } from '../../contract/threshold.ts';

export interface Told {
  incident_id: string;
  severity: Severity;
  site_id: string;
  device_id: string;
  /** Missing where a digest is too big for it. */
  alert?: Alert;
}

export interface News {
  status: AlertStatus;
  rule: string;
  /** Never empty; the worst first. */
  told: readonly [Told, ...Told[]];
}

const id = z.string();
const toldSchema = z.object({
  incident_id: id,
  severity: z.enum(SEVERITIES),
  site_id: id,
  device_id: id,
});
const digestSchema = z.object({
  status: z.enum(ALERT_STATUSES),
  rule: id,
  alerts: z.array(alertSchema),
  others: z._default(z.array(toldSchema), []),
});
const messageSchema = z.union([alertSchema, digestSchema]);

/** @throws Error for anything but what the detector publishes */
export function parseNews(text: string): News {
  const message = messageSchema.parse(JSON.parse(text));
  const { status, rule } = message;
  const [first, ...rest] =
    'alerts' in message ? [...message.alerts.map(tell), ...message.others] : [tell(message)];
  if (first === undefined) throw new Error('Expected a digest of at least one alert, got none');
  return { status, rule, told: [first, ...rest] };
}

const tell = (alert: Alert): Told => ({
  incident_id: alert.incident_id,
  severity: alert.severity,
  site_id: alert.site_id,
  device_id: alert.device_id,
  alert,
});

/** What a channel wants of it; undefined where that is nothing. */
export function filtered({ status, rule, told }: News, filter: ChannelFilter): News | undefined {
  const [first, ...rest] = told.filter((one) => wants(filter, { ...one, rule }));
  return first && { status, rule, told: [first, ...rest] };
}
