/**
 * Steps 1 to 4 for all sites of a batch, and again for the observations that found no room in an outbox, until nothing is
 * left.
 */
import type { Decoded } from './decode.ts';
import type { Folded, Task } from './fold.ts';
import { groupBy } from './group.ts';
import type { Emptied } from './outboxes.ts';
import { forEachBounded } from './pool.ts';
import { doTasks, type ProcessedSite, processSite, type SiteContext } from './site.ts';
import type { StaleAlerts } from './stale.ts';
import { itemKey, MAX_OUTBOX, type StoredIncident } from './stored-incident.ts';

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

/** What is to be done for a site. */
interface Work {
  siteId: string;
  run: () => Promise<ProcessedSite>;
}

/** What one round came to, of all its sites. */
interface Round {
  folded: Folded[];
  unsent: StoredIncident[];
  stale: StaleAlerts[];
}

export async function evaluate(decoded: Decoded, context: SiteContext, empty: Empty): Promise<Evaluated> {
  const all = nothingYet();
  const open = new Map<string, number>();
  let work = [...decoded.sites.values()].map(
    (site): Work => ({ siteId: site.siteId, run: () => processSite(site, context) }),
  );
  while (work.length > 0) {
    const { folded, unsent, stale } = await doRound(work, all, open);
    const emptied = await empty(unsent, stale, open);
    addRound(all, folded, emptied);
    work = workLeft(folded, emptied.items, all, context);
  }
  return all;
}

const nothingYet = (): Evaluated => ({
  folded: [],
  undoable: [],
  failures: new Map(),
  lapses: new Map(),
  unreadable: new Map(),
  unsentSites: new Set(),
  waitingSites: [],
  refused: 0,
  alertsSetAside: 0,
});

/**
 * Steps 1 and 2.
 * @param all takes what went wrong
 * @param open takes how many incidents are open, by site
 */
async function doRound(work: readonly Work[], all: Evaluated, open: Map<string, number>): Promise<Round> {
  const round: Round = { folded: [], unsent: [], stale: [] };
  await forEachBounded(work, SITES_AT_ONCE, async ({ siteId, run }) => {
    try {
      const site = await run();
      round.folded.push(...site.folded);
      round.unsent.push(...site.unsent);
      if (site.stale) round.stale.push(site.stale);
      if (site.open !== undefined) open.set(siteId, site.open);
      all.undoable.push(...site.undoable);
      for (const error of site.unreadable) all.unreadable.set(error.message, error);
      if (site.failure) all.failures.set(siteId, site.failure.error);
      if (site.lapse !== undefined) all.lapses.set(siteId, site.lapse);
    } catch (error) {
      all.failures.set(siteId, error);
    }
  });
  return round;
}

function addRound(all: Evaluated, folded: readonly Folded[], emptied: Emptied): void {
  all.folded.push(...folded);
  for (const siteId of emptied.failedSites) all.unsentSites.add(siteId);
  all.waitingSites.push(...emptied.waitingSites);
  // Its readings cannot be folded before there is room in its outbox: alerts got no turn, or the watchdog is telling them.
  for (const { rest, stored } of folded) {
    const { outbox, siteId } = emptied.items.get(itemKey(stored)) ?? stored;
    const isFull = outbox.length >= MAX_OUTBOX;
    if (rest.length > 0 && (isFull || emptied.waitingSites.includes(siteId))) all.unsentSites.add(siteId);
  }
  all.refused += emptied.refused;
  all.alertsSetAside += emptied.setAside;
}

/** The observations that found no room, of sites whose outboxes have room now. @param items as they are now, by key */
function workLeft(
  folded: readonly Folded[],
  items: ReadonlyMap<string, StoredIncident>,
  { failures, unsentSites }: Evaluated,
  context: SiteContext,
): Work[] {
  const left = folded.filter(
    ({ rest, stored: { siteId } }) => rest.length > 0 && !failures.has(siteId) && !unsentSites.has(siteId),
  );
  return groupBy(left, ({ stored }) => stored.siteId).map(([siteId, of]) => ({
    siteId,
    run: () => doTasks(tasksLeft(of, items), [], context),
  }));
}

const tasksLeft = (folded: readonly Folded[], items: ReadonlyMap<string, StoredIncident>): Task[] =>
  folded.map(({ rule, rest, stored }) => ({
    before: items.get(itemKey(stored)) ?? stored,
    observations: rest,
    rule,
  }));
