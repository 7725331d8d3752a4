/** What people have asked for, and what is due, at the items of a site: ends by hand, and reminders. */
import type { Silence } from '../../contract/silence-schema.ts';
import { matches } from '../../contract/silence-window.ts';
import { changeItem } from '../change-item.ts';
import { closeIncident } from '../close.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { type IncidentStore, KEEP_MS } from '../incident-store.ts';
import { forEachBounded } from '../pool.ts';
import { asksForReminders, reminderDueMs, withReminder } from '../reminder.ts';
import { WRITES_AT_ONCE } from '../site.ts';
import type { StoredIncident } from '../stored-incident.ts';

export interface TendParts {
  store: IncidentStore;
  rules: ReadonlyMap<string, CompiledRule>;
  /** Wall clock, ms since the epoch. */
  now: () => number;
}

export interface Tended {
  /** Every item as it is now. */
  items: StoredIncident[];
  /** Those with an alert that this look has put into the outbox, and must tell. */
  changed: StoredIncident[];
  /** Incidents that were ended. */
  closed: number;
  /** When the next reminder of these items is due, ms since the epoch; undefined where none is. */
  nextReminderMs: number | undefined;
}

/** As long as the detector leaves these alerts alone: this look tells them, or the next. */
const CLAIM_MS = 60_000;
/** After this long it is seen whether a silence, or something else that is to be told first, still keeps a reminder back. */
const KEPT_BACK_MS = 300_000;

/** @param active the silences of this moment */
export type Tend = (
  items: readonly StoredIncident[],
  active: readonly Silence[],
  failures: Map<string, unknown>,
  signal?: AbortSignal,
) => Promise<Tended>;

export function createTend({ store, rules, now }: TendParts): Tend {
  return async (items, active, failures, signal) => {
    const tended: Tended = { items: [], changed: [], closed: 0, nextReminderMs: undefined };
    await forEachBounded(items, WRITES_AT_ONCE, async (item) => {
      const rule = rules.get(item.rule);
      const claim = (stored: StoredIncident | undefined) =>
        stored && { ...stored, watchdogMs: now() + CLAIM_MS };
      const isEnding = item.closeRequested !== undefined;
      const alter = (current: StoredIncident) =>
        isEnding
          ? claim(closeIncident(current, rule, now())?.stored)
          : rule && !isSilenced(current, active)
            ? claim(withReminder(current, rule, now()))
            : undefined;
      try {
        const keepMs = KEEP_MS + (rule?.forMs ?? 0);
        const { stored, changed } = await changeItem(item, alter, store, { keepMs, signal });
        tended.items.push(stored);
        if (changed) tended.changed.push(stored);
        if (changed && isEnding) tended.closed += 1;
        const nextMs = nextReminderMs(stored, changed && !isEnding, rule, now());
        if (nextMs !== undefined) tended.nextReminderMs = Math.min(tended.nextReminderMs ?? nextMs, nextMs);
      } catch (error) {
        failures.set(item.siteId, error);
      }
    });
    return tended;
  };
}

function isSilenced(
  { siteId, deviceId, rule, incident }: StoredIncident,
  active: readonly Silence[],
): boolean {
  if (!incident || !('severity' in incident)) return false;
  const facts = { site_id: siteId, device_id: deviceId, rule, severity: incident.severity };
  return active.some((silence) => matches(silence, facts));
}

/** As long as there will be one, the site stays listed: nobody would list it again. */
function nextReminderMs(
  item: StoredIncident,
  isReminded: boolean,
  rule: CompiledRule | undefined,
  nowMs: number,
): number | undefined {
  if (isReminded) return nowMs + (rule?.repeatEveryMs ?? 0);
  const dueMs = reminderDueMs(item, rule);
  if (dueMs !== undefined && dueMs > nowMs) return dueMs;
  return asksForReminders(item, rule) ? nowMs + KEPT_BACK_MS : undefined;
}
