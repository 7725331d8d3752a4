/** Whole sites that are silent: reads how far they have come, folds it into their incidents, and writes what changed. */
import { SITES_PARTITION } from '../../contract/presence.ts';
import { activeAt } from '../../contract/silence-window.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { type IncidentStore, KEEP_MS, VersionConflict } from '../incident-store.ts';
import type { KnownSilences } from '../known-silences.ts';
import { forEachBounded } from '../pool.ts';
import { WRITES_AT_ONCE } from '../site.ts';
import { itemKey, type StoredIncident } from '../stored-incident.ts';
import { afterChange, changesIn, siteRulesOf } from './site-changes.ts';
import type { ReadFronts } from './site-fronts.ts';
import type { Tend } from './tend.ts';
import { unclaimed } from './visits.ts';

export interface SiteWatchParts {
  store: IncidentStore;
  fronts: ReadFronts;
  silences: KnownSilences;
  tend: Tend;
  /** Wall clock, ms since the epoch. */
  now: () => number;
}

export interface Watched {
  opened: number;
  resolved: number;
  /** Items with an alert that is not known to be sent, be it of this look or of one that failed. */
  unsent: StoredIncident[];
}

/** @param failures gets what could not be done, by site or by message */
export type WatchSites = (failures: Map<string, unknown>, signal?: AbortSignal) => Promise<Watched>;

export function createSiteWatch(parts: SiteWatchParts, rules: readonly CompiledRule[]): WatchSites {
  const { store, now } = parts;
  const siteRules = siteRulesOf(rules);
  const hasReminders = siteRules.some(({ compiled }) => compiled.repeatEveryMs !== undefined);

  /** Reminders only ask for them. */
  async function activeFor(items: readonly StoredIncident[], signal?: AbortSignal) {
    if (!hasReminders || items.length === 0) return [];
    return (await parts.silences.all(signal)).filter((silence) => activeAt(silence, now()));
  }

  return async (failures, signal) => {
    const { items, unreadable } = await store.site(SITES_PARTITION, signal);
    const fronts = siteRules.length > 0 ? await parts.fronts(signal) : { sites: [], unreadable: [] };
    for (const error of [...unreadable, ...fronts.unreadable]) failures.set(error.message, error);
    const tended = await parts.tend(items, await activeFor(items, signal), failures, signal);
    const current = new Map(tended.items.map((item) => [itemKey(item), unclaimed(item)]));
    const watched = { opened: 0, resolved: tended.closed };
    const changes = changesIn(siteRules, fronts.sites, current, now());
    await forEachBounded(changes, WRITES_AT_ONCE, async (change) => {
      try {
        const stored = await store.save(afterChange(change, now()), KEEP_MS + change.rule.forMs, signal);
        current.set(itemKey(stored), stored);
        const { status } = change.step.transition ?? {};
        if (status === 'firing') watched.opened += 1;
        if (status === 'resolved') watched.resolved += 1;
      } catch (error) {
        // Two looks at once: the other has written what it saw, and tells it.
        if (!(error instanceof VersionConflict)) failures.set(change.before.siteId, error);
        current.delete(itemKey(change.before));
      }
    });
    return { ...watched, unsent: [...current.values()].filter(({ outbox }) => outbox.length > 0) };
  };
}
