/** Reminders of an incident that stays open (`repeatEvery`). Pure. The watchdog sends them all. */

import { formatTimestamp } from '../contract/time.ts';
import { WHOLE_SITE } from '../contract/whole-site.ts';
import { toAlert } from './alert-row.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { StoredIncident } from './stored-incident.ts';

/** Will there be another one, as long as nothing changes? */
export function asksForReminders(
  { incident, acknowledged, closeRequested }: StoredIncident,
  rule: CompiledRule | undefined,
): boolean {
  const isOpen = incident?.state === 'firing' || incident?.state === 'recovering';
  return isOpen && rule?.repeatEveryMs !== undefined && !acknowledged && !closeRequested;
}

/** When the next one is due, ms since the epoch; undefined where none will be, or not before something else is told. */
export function reminderDueMs(item: StoredIncident, rule: CompiledRule | undefined): number | undefined {
  if (rule?.repeatEveryMs === undefined || !asksForReminders(item, rule) || item.outbox.length > 0)
    return undefined;
  return lastToldMs(item) + rule.repeatEveryMs;
}

/** Earlier versions did not note it. */
const lastToldMs = ({ toldMs, incident }: StoredIncident): number =>
  toldMs ?? (incident && 'startedAt' in incident ? Date.parse(incident.startedAt) : 0);

/** The item with a reminder in its outbox; undefined where none is due. */
export function withReminder(
  item: StoredIncident,
  rule: CompiledRule,
  nowMs: number,
): StoredIncident | undefined {
  const { incident } = item;
  const dueMs = reminderDueMs(item, rule);
  if (dueMs === undefined || dueMs > nowMs || !incident || !('incidentId' in incident)) return undefined;
  const { incidentId, severity, startedAt, peak, span, basis } = incident;
  const alert = toAlert(
    {
      ...{ status: 'reminder', incidentId, severity, startedAt, peak, span, basis },
      // No reading causes it.
      ...{ value: peak, at: formatTimestamp(nowMs), count: String(lastToldMs(item)) },
    },
    { site_id: item.siteId, device_id: item.deviceId },
    rule,
    nowMs,
  );
  return { ...item, outbox: [alert] };
}

/** When the watchdog must look at a site, by the alerts that are told now. Whole sites it looks at anyway. */
export function remindersAfter(
  items: readonly StoredIncident[],
  rules: ReadonlyMap<string, CompiledRule>,
  nowMs: number,
): Map<string, number> {
  const due = new Map<string, number>();
  for (const { siteId, deviceId, rule, outbox } of items) {
    const everyMs = rules.get(rule)?.repeatEveryMs;
    const opens = outbox.some(({ status }) => status === 'firing' || status === 'escalated');
    if (everyMs === undefined || !opens || deviceId === WHOLE_SITE) continue;
    due.set(siteId, Math.min(due.get(siteId) ?? Number.POSITIVE_INFINITY, nowMs + everyMs));
  }
  return due;
}

/**
 * When the watchdog must look at a site, by what is open there; undefined where nothing asks for it. An incident may
 * have opened before its rule asked for reminders, and then no alert of it has listed the site.
 */
export function firstReminderMs(
  items: readonly StoredIncident[],
  rules: ReadonlyMap<string, CompiledRule>,
): number | undefined {
  const due = items.flatMap((item) => reminderDueMs(item, rules.get(item.rule)) ?? []);
  return due.length === 0 ? undefined : Math.min(...due);
}
