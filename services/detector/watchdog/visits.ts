/** Sites at which something waits for the watchdog: which are due, what is done there, and what is told of them. */
import type { Silence } from '../../contract/silence-schema.ts';
import { activeAt } from '../../contract/silence-window.ts';
import { groupBy } from '../group.ts';
import type { IncidentStore } from '../incident-store.ts';
import type { KnownSilences } from '../known-silences.ts';
import { forEachBounded } from '../pool.ts';
import type { StaleAlerts } from '../stale.ts';
import type { StoredIncident } from '../stored-incident.ts';
import { WAITED_MS, type WaitingSite, type WaitingSites } from '../waiting-sites.ts';
import type { Tend } from './tend.ts';

export interface VisitParts {
  store: Pick<IncidentStore, 'site'>;
  waitingSites: WaitingSites;
  silences: KnownSilences;
  tend: Tend;
  /** Wall clock, ms since the epoch. */
  now: () => number;
}

/** A site, and what is to be told of it. */
export interface Visit {
  siteId: string;
  /** Why it was visited. */
  entries: WaitingSite[];
  stale: StaleAlerts | undefined;
  unsent: StoredIncident[];
  closed: number;
  nextReminderMs: number | undefined;
}

export interface Visits {
  /** @param failures gets what could not be done, by site */
  due(failures: Map<string, unknown>, signal?: AbortSignal): Promise<Visit[]>;
  /**
   * Takes from the list what is done.
   * @param items as they are now
   */
  finish(
    visits: readonly Visit[],
    items: Iterable<StoredIncident>,
    failures: Map<string, unknown>,
    signal?: AbortSignal,
  ): Promise<void>;
}

const SITES_AT_ONCE = 8;
/** A site that speaks does these itself: with its next batch, and once it knows that a silence is over. */
const CLOSE_AFTER_MS = 10_000;
const SILENCE_OVER_MS = 45_000;

export function createVisits({ store, waitingSites, silences, tend, now }: VisitParts): Visits {
  return {
    async due(failures, signal) {
      const listed = await waitingSites.list(signal);
      const mayNeedSilences = listed.some(
        (site) => site.waiting.kind === 'silence' || isDue(site, [], now()),
      );
      const known = mayNeedSilences ? await silences.all(signal) : [];
      const due = listed.filter((site) => isDue(site, known, now()));
      const active = known.filter((silence) => activeAt(silence, now()));
      const visits: Visit[] = [];
      await forEachBounded(
        groupBy(due, ({ siteId }) => siteId),
        SITES_AT_ONCE,
        async ([siteId, entries]) => {
          try {
            const { items, stale } = await store.site(siteId, signal);
            const { closed, nextReminderMs, ...tended } = await tend(items, active, failures, signal);
            const unsent = unsentOf(entries, tended);
            visits.push({ siteId, entries, stale, unsent, closed, nextReminderMs });
          } catch (error) {
            failures.set(siteId, error);
          }
        },
      );
      return visits;
    },

    async finish(visits, items, failures, signal) {
      const left = [...items].filter(({ outbox }) => outbox.length > 0);
      const holds = holdsIn(left);
      // A batch may have put another alert beside ours, and left it to us.
      const untold = new Set(left.filter(hasUntold).map(({ siteId }) => siteId));
      const done = visits.filter(({ siteId }) => !failures.has(siteId) && !untold.has(siteId));
      const entries = done.flatMap(({ entries, nextReminderMs }) =>
        entries
          .filter(
            ({ siteId, waiting }) => waiting.kind !== 'silence' || !holds.has(`${siteId} ${waiting.id}`),
          )
          .map((entry) => ({ entry, nextMs: nextReminderMs })),
      );
      await forEachBounded(entries, SITES_AT_ONCE, async ({ entry, nextMs }) => {
        try {
          if (entry.waiting.kind === 'reminder' && nextMs !== undefined) {
            await waitingSites.postpone(entry, nextMs, signal);
          } else await waitingSites.remove(entry, signal);
        } catch (error) {
          failures.set(entry.siteId, error);
        }
      });
    },
  };
}

/** Sites and silences that still hold something there. */
const holdsIn = (items: readonly StoredIncident[]): Set<string> =>
  new Set(items.flatMap(({ siteId, outbox }) => outbox.map(({ silenced_by }) => `${siteId} ${silenced_by}`)));

const hasUntold = ({ outbox }: StoredIncident) => outbox.some(({ silenced_by }) => silenced_by === undefined);

function isDue({ waiting, listedMs }: WaitingSite, silences: readonly Silence[], nowMs: number): boolean {
  switch (waiting.kind) {
    case 'turn':
      return nowMs - listedMs >= WAITED_MS;
    case 'close':
      // The clock of the one that asked may be ahead.
      return nowMs < listedMs || nowMs - listedMs >= CLOSE_AFTER_MS;
    case 'reminder':
      return nowMs >= listedMs;
    case 'silence': {
      const silence = silences.find(({ id }) => id === waiting.id);
      return !silence || !(activeAt(silence, nowMs) || activeAt(silence, nowMs - SILENCE_OVER_MS));
    }
  }
}

/** Where only a close or a reminder is due, somebody else may be telling the rest. */
function unsentOf(
  entries: readonly WaitingSite[],
  { items, changed }: { items: readonly StoredIncident[]; changed: readonly StoredIncident[] },
): StoredIncident[] {
  const isOnlyTended = entries.every(({ waiting: { kind } }) => kind === 'close' || kind === 'reminder');
  return items
    .filter((item) => item.outbox.length > 0)
    .filter((item) => !isOnlyTended || changed.includes(item) || item.watchdogMs !== undefined)
    .map(unclaimed);
}

/** What the watchdog has put into an outbox is its own to tell. */
export const unclaimed = ({ watchdogMs, ...item }: StoredIncident): StoredIncident => item;
