/**
 * Steps 1 to 4 for all sites of a batch, and again for the observations that found no room in an outbox, until nothing is
 * left.
 */
import type { Decoded } from './decode.ts';
import type { Folded } from './fold.ts';
import { groupBy } from './group.ts';
import type { Emptied } from './outboxes.ts';
import { forEachBounded } from './pool.ts';
import { doTasks, type ProcessedSite, processSite, type SiteContext } from './site.ts';
import type { StaleAlerts } from './stale.ts';
import { itemKey, type StoredIncident } from './stored-incident.ts';

/** Sites that are read and folded at a time: what is new of them is written in calls of 25. */
const SITES_AT_ONCE = 32;

/** @param open how many incidents are open, by site */
export type Empty = (
  unsent: readonly StoredIncident[],
  stale: readonly StaleAlerts[],
  open: ReadonlyMap<string, number>,
) => Promise<Emptied>;

export interface Evaluated extends Pick<ProcessedSite, 'folded' | 'undoable'> {
  /** By site. */
  failures: Map<string, unknown>;
  /** By site: presence that the next batch must write. */
  lapses: Map<string, unknown>;
  /** By their messages. */
  unreadable: Map<string, unknown>;
  /** Sites with an alert that is not published, or not marked. */
  unsentSites: Set<string>;
  /** Sites with an alert that got no turn. */
  waitingSites: string[];
  /** Messages that the topic did not take. */
  refused: number;
  /** Alerts that it will never take. */
  alertsSetAside: number;
}

export async function evaluate(decoded: Decoded, context: SiteContext, empty: Empty): Promise<Evaluated> {
  const all: Evaluated = {
    folded: [],
    undoable: [],
    failures: new Map(),
    lapses: new Map(),
    unreadable: new Map(),
    unsentSites: new Set(),
    waitingSites: [],
    refused: 0,
    alertsSetAside: 0,
  };
  const open = new Map<string, number>();
  let work = [...decoded.sites.values()].map((site) => ({
    siteId: site.siteId,
    run: () => processSite(site, context),
  }));
  while (work.length > 0) {
    const folded: Folded[] = [];
    const unsent: StoredIncident[] = [];
    const stale: StaleAlerts[] = [];
    await forEachBounded(work, SITES_AT_ONCE, async ({ siteId, run }) => {
      try {
        const site = await run();
        folded.push(...site.folded);
        unsent.push(...site.unsent);
        if (site.stale) stale.push(site.stale);
        if (site.open !== undefined) open.set(siteId, site.open);
        all.undoable.push(...site.undoable);
        for (const error of site.unreadable) all.unreadable.set(error.message, error);
        if (site.failure) all.failures.set(siteId, site.failure.error);
        if (site.lapse !== undefined) all.lapses.set(siteId, site.lapse);
      } catch (error) {
        all.failures.set(siteId, error);
      }
    });
    const { failedSites, waitingSites, items, refused, setAside } = await empty(unsent, stale, open);
    for (const siteId of failedSites) all.unsentSites.add(siteId);
    all.waitingSites.push(...waitingSites);
    all.folded.push(...folded);
    // Its readings cannot be folded before its outbox is empty.
    for (const { rest, stored } of folded) {
      if (rest.length > 0 && waitingSites.includes(stored.siteId)) all.unsentSites.add(stored.siteId);
    }
    all.refused += refused;
    all.alertsSetAside += setAside;
    const waiting = folded.filter(
      ({ rest, stored }) =>
        rest.length > 0 && !all.failures.has(stored.siteId) && !all.unsentSites.has(stored.siteId),
    );
    work = groupBy(waiting, ({ stored }) => stored.siteId).map(([siteId, of]) => ({
      siteId,
      run: () => {
        const tasks = of.map(({ rule, rest, stored }) => ({
          before: items.get(itemKey(stored)) ?? stored,
          observations: rest,
          rule,
        }));
        return doTasks(tasks, [], context);
      },
    }));
  }
  return all;
}
