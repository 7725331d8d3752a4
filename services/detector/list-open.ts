/** Lists sites for the watchdog whose incidents were open before their rule asked for reminders. */
import type { CompiledRule } from './compiled-rule.ts';
import { firstReminderMs } from './reminder.ts';
import type { StoredIncident } from './stored-incident.ts';
import type { WaitingSites } from './waiting-sites.ts';

/** Lists a site for the reminders of what is open there. */
export type ListOpen = (
  siteId: string,
  items: readonly StoredIncident[],
  signal?: AbortSignal,
) => Promise<void>;

/**
 * Once for each site in this environment: another version of the rules comes with another environment.
 * @returns undefined where no rule asks for reminders
 */
export function createListOpen(
  waitingSites: Pick<WaitingSites, 'addReminder'>,
  rules: readonly CompiledRule[],
): ListOpen | undefined {
  if (rules.every(({ repeatEveryMs }) => repeatEveryMs === undefined)) return undefined;
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const listed = new Set<string>();
  return async (siteId, items, signal) => {
    const dueMs = listed.has(siteId) ? undefined : firstReminderMs(items, byName);
    if (dueMs !== undefined) await waitingSites.addReminder(siteId, dueMs, signal);
    listed.add(siteId);
  };
}
