/** Whole sites that are silent: reads how far they have come, folds it into their incidents, and writes what changed. */
import { SITES_PARTITION } from '../../contract/presence.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { type IncidentStore, KEEP_MS, VersionConflict } from '../incident-store.ts';
import { forEachBounded } from '../pool.ts';
import { WRITES_AT_ONCE } from '../site.ts';
import { itemKey, type StoredIncident } from '../stored-incident.ts';
import { afterChange, changesIn, siteRulesOf } from './site-changes.ts';
import type { ReadFronts } from './site-fronts.ts';

export interface SiteWatchParts {
  store: IncidentStore;
  fronts: ReadFronts;
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

  return async (failures, signal) => {
    const { items, unreadable } = await store.site(SITES_PARTITION, signal);
    const fronts = siteRules.length > 0 ? await parts.fronts(signal) : { sites: [], unreadable: [] };
    for (const error of [...unreadable, ...fronts.unreadable]) failures.set(error.message, error);
    const current = new Map(items.map((item) => [itemKey(item), item]));
    const watched = { opened: 0, resolved: 0 };
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
