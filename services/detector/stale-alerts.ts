/** Effects on stale alerts: they are put aside until their site has caught up, and told then. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Alert } from '../contract/alert.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { IncidentStore } from './incident-store.ts';
import { overConflicts } from './over-conflicts.ts';
import type { Pointers } from './pointers.ts';
import { forEachBounded } from './pool.ts';
import { type Message, toStaleMessages } from './sns-message.ts';
import { isDue, noStaleAlerts, type StaleAlerts, staleOf, withMore } from './stale.ts';
import { logFailures } from './telemetry.ts';
import type { WaitingSites } from './waiting-sites.ts';

export interface StaleParts {
  store: Pick<IncidentStore, 'stale' | 'saveStale'>;
  waitingSites: Pick<WaitingSites, 'add'>;
  pointers: Pointers;
  logger: () => Logger;
  /** Wall clock, ms since the epoch. */
  now: () => number;
}

/** Publishes what it can; returns the alerts that need not be told any more. */
export type Tell = (messages: Iterable<Message>) => Promise<readonly Alert[]>;

export interface Sifted {
  /** Alerts that are told, or wait durably: their outboxes need not hold them. */
  settled: Set<string>;
  /** All that are stale, by id: nobody else may tell them. */
  stale: Set<string>;
  /** Sites whose alerts could not be put aside. */
  failedSites: string[];
  /** Sites with stale alerts that wait. */
  waitingSites: string[];
}

/** The alerts that are to be told, and what is known of their sites. */
export interface ToSift {
  alerts: readonly Alert[];
  /** What waits already, of the sites that were read. */
  known: readonly StaleAlerts[];
  /** Event time of a site's newest reading, ms since the epoch. */
  newestMs(siteId: string): number | undefined;
  signal: AbortSignal | undefined;
}

/** Sites that are looked after at a time. */
const SITES_AT_ONCE = 8;

export function createStaleAlerts(parts: StaleParts, rules: ReadonlyMap<string, CompiledRule>) {
  const { store, waitingSites, pointers, logger, now } = parts;
  /** Told, and not yet taken out of their item: a retry in this environment must not repeat them. */
  const published = new Set<string>();

  return {
    /** Takes the stale ones out of the alerts that are to be told, and tells those that are due. */
    async sift(given: ToSift, tell: Tell): Promise<Sifted> {
      const items = new Map(given.known.map((item) => [item.siteId, item]));
      const bySite = staleOf(given.alerts, rules, items, now());
      const sifted: Sifted = {
        stale: new Set([...bySite.values()].flat().map(idOf)),
        ...{ settled: new Set(), failedSites: [], waitingSites: [] },
      };
      const failures = new Map<string, unknown>();
      const withItems = given.known.filter(({ alerts }) => alerts.length > 0).map(({ siteId }) => siteId);
      await forEachBounded([...new Set([...bySite.keys(), ...withItems])], SITES_AT_ONCE, async (siteId) => {
        try {
          const item = items.get(siteId) ?? noStaleAlerts(siteId);
          const { waits, settled } = await settle(item, bySite.get(siteId) ?? [], given, tell);
          for (const alert of settled) sifted.settled.add(idOf(alert));
          if (waits) sifted.waitingSites.push(siteId);
        } catch (error) {
          failures.set(siteId, error);
        }
      });
      logFailures(logger, 'Stale alerts not put aside', failures);
      sifted.failedSites.push(...failures.keys());
      return sifted;
    },
  };

  /** One site: its alerts are told now if they are due, else they wait in its item. */
  async function settle(item: StaleAlerts, more: readonly Alert[], { newestMs, signal }: ToSift, tell: Tell) {
    const newest = newestMs(item.siteId);
    const all = withMore(item, more, now(), newest);
    if (!isDue(all, rules, newest, now())) {
      const { length } = await save(item, more, newest, signal);
      return { waits: length > 0, settled: all.alerts };
    }
    const untold = all.alerts.filter((alert) => !published.has(idOf(alert)));
    for (const alert of await tell(toStaleMessages(untold, pointers))) published.add(idOf(alert));
    const settled = all.alerts.filter((alert) => published.has(idOf(alert)));
    // What got no turn and is in an outbox stays there: the item must not grow without end.
    const left = await save(item, [], newest, signal);
    for (const alert of settled) published.delete(idOf(alert));
    return { waits: left.length > 0, settled };
  }

  /**
   * Writes what is to wait, without what is published. Somebody else may have put alerts aside meanwhile: theirs stay.
   * @returns what waits then
   */
  async function save(
    before: StaleAlerts,
    more: readonly Alert[],
    newest: number | undefined,
    signal: AbortSignal | undefined,
  ) {
    return overConflicts(async (isAgain) => {
      const read = isAgain ? await store.stale(before.siteId, signal) : before;
      const current = read ?? noStaleAlerts(before.siteId);
      const next = withMore(current, more, now(), newest);
      const alerts = next.alerts.filter((alert) => !published.has(idOf(alert)));
      if (alerts.map(idOf).join() === current.alerts.map(idOf).join()) return alerts;
      // Before they wait there: of a site that is not listed and falls silent, they would never be told.
      if (current.alerts.length === 0) await waitingSites.add(before.siteId, signal);
      await store.saveStale({ ...next, alerts }, signal);
      return alerts;
    });
  }
}

const idOf = ({ notification_id }: Alert) => notification_id;
