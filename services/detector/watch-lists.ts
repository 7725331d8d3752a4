/** Lists sites for the watchdog, as far as alerts that are about to be told need it. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { CompiledRule } from './compiled-rule.ts';
import { forEachBounded } from './pool.ts';
import { remindersAfter } from './reminder.ts';
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
