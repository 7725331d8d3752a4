/** What a message of the alert topic says: one alert, or a digest of many. */

import * as z from 'zod/mini';
import { ALERT_STATUSES, type Alert, type AlertStatus, alertSchema } from '../../contract/alert.ts';
import { type ChannelFilter, wants } from '../../contract/channel.ts';
import { SEVERITIES, type Severity } from '../../contract/threshold.ts';

export interface Told {
  incident_id: string;
  severity: Severity;
  site_id: string;
  device_id: string;
  /** Of a reminder, of which there may be several. */
  notification_id?: string;
  /** Missing where a digest is too big for it. */
  alert?: Alert;
}

/** Of one status and one rule. */
export interface News {
  status: AlertStatus;
  rule: string;
  /** Never empty; the worst first. */
  told: readonly [Told, ...Told[]];
}

const id = z.string();
const toldSchema = z.object({
  incident_id: id,
  status: z.enum(ALERT_STATUSES),
  rule: id,
  severity: z.enum(SEVERITIES),
  site_id: id,
  device_id: id,
  notification_id: z.optional(id),
});
const digestSchema = z.object({
  alerts: z.array(alertSchema),
  others: z._default(z.array(toldSchema), []),
});
const messageSchema = z.union([alertSchema, digestSchema]);

/**
 * By status and rule, in the order of the message. What began and ended within one message, as in old news, is told as
 * ended: nobody is woken for it.
 * @throws Error for anything but what the detector publishes
 */
export function parseNews(text: string): News[] {
  const message = messageSchema.parse(JSON.parse(text));
  const all =
    'alerts' in message
      ? [...message.alerts.map((alert) => ({ ...alert, alert })), ...message.others]
      : [{ ...message, alert: message }];
  const over = new Set(all.filter(({ status }) => status === 'resolved').map((one) => one.incident_id));
  const groups = new Map<string, News>();
  for (const one of all) {
    const { incident_id, status, rule, severity, site_id, device_id, notification_id } = one;
    if (status !== 'resolved' && over.has(incident_id)) continue;
    const told: Told = {
      ...{ incident_id, severity, site_id, device_id },
      ...(status === 'reminder' && notification_id !== undefined && { notification_id }),
      ...('alert' in one ? { alert: one.alert } : {}),
    };
    const key = `${status} ${rule}`;
    const earlier = groups.get(key);
    groups.set(key, { status, rule, told: earlier ? [...earlier.told, told] : [told] });
  }
  return [...groups.values()];
}

/** What a channel wants of it; undefined where that is nothing. */
export function filtered({ status, rule, told }: News, filter: ChannelFilter): News | undefined {
  const [first, ...rest] = told.filter((one) => wants(filter, { ...one, rule }));
  return first && { status, rule, told: [first, ...rest] };
}
