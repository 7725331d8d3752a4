/** Lists sites for the watchdog, as far as alerts that are about to be told need it. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { CompiledRule } from './compiled-rule.ts';
import { forEachBounded } from './pool.ts';
import { firstReminderMs, remindersAfter } from './reminder.ts';
import { WRITES_AT_ONCE } from './site.ts';
import type { StoredIncident } from './stored-incident.ts';
import { logFailures } from './telemetry.ts';
import type { WaitingSites } from './waiting-sites.ts';

interface WatchListParts {
  waitingSites: Pick<WaitingSites, 'add' | 'addReminder'>;
  logger: () => Logger;
  /** Wall clock, ms since the epoch. */
  now: () => number;
}

/** Each returns the sites that could not be listed. */
export interface WatchLists {
  /** Sites with alerts that got no turn. */
  waiting(sites: ReadonlySet<string>, signal?: AbortSignal): Promise<string[]>;
  /** Before anything is told: what is told and not listed would never be told again. */
  reminders(items: readonly StoredIncident[], signal?: AbortSignal): Promise<string[]>;
}

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

export function createWatchLists(
  { waitingSites, logger, now }: WatchListParts,
  rules: ReadonlyMap<string, CompiledRule>,
): WatchLists {
  async function listAll(sites: readonly string[], what: string, list: (site: string) => Promise<void>) {
    const unlisted = new Map<string, unknown>();
    await forEachBounded(sites, WRITES_AT_ONCE, async (site) => {
      try {
        await list(site);
      } catch (error) {
        unlisted.set(site, error);
      }
    });
    logFailures(logger, what, unlisted);
    return [...unlisted.keys()];
  }

  return {
    waiting: (sites, signal) =>
      listAll([...sites], 'Sites whose alerts wait, not listed', (site) => waitingSites.add(site, signal)),
    reminders: (items, signal) => {
      const due = remindersAfter(items, rules, now());
      return listAll([...due.keys()], 'Sites with incidents to remind of, not listed', (site) =>
        waitingSites.addReminder(site, due.get(site) ?? now(), signal),
      );
    },
  };
}
