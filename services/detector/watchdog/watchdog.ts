/**
 * What no batch of readings can do, once a minute: whole sites that are silent, and alerts that wait in the outbox of a
 * site that has nothing more to say. As in the detector, what is decided is written with its alert marked unsent, then
 * published, then marked sent.
 */
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { Rule } from '../../contract/rule.ts';
import { compileRule } from '../compile.ts';
import { createOutboxes, type OutboxParts } from '../outboxes.ts';
import { forEachBounded } from '../pool.ts';
import type { StaleAlerts } from '../stale.ts';
import type { StoredIncident } from '../stored-incident.ts';
import { emitMetrics, logFailures } from '../telemetry.ts';
import { WAITED_MS, type WaitingSite, type WaitingSites } from '../waiting-sites.ts';
import { createSiteWatch, type SiteWatchParts, type Watched } from './site-watch.ts';

export interface WatchdogParts extends OutboxParts, SiteWatchParts {
  rules: readonly Rule[];
  waitingSites: WaitingSites;
  metrics: Metrics;
}

/** The part of Lambda's context that matters here. */
export interface TickContext {
  getRemainingTimeInMillis(): number;
}

/** @throws Error when something is left undone that the next minute must repeat */
export type Watchdog = (context?: TickContext) => Promise<void>;

type Failures = Map<string, unknown>;

/** Calls are given up this long before the function's time is, so that the failure can still be reported. */
const RESERVE_MS = 1000;
const SITES_AT_ONCE = 8;
const NOTHING: Watched = { opened: 0, resolved: 0, unsent: [] };

export function createWatchdog(parts: WatchdogParts): Watchdog {
  const { store, waitingSites, logger, now } = parts;
  const compiled = parts.rules.map(compileRule);
  const watchSites = createSiteWatch(parts, compiled);
  const outboxes = createOutboxes(parts, compiled);

  return async (context) => {
    const remainingMs = () => Math.max(0, (context?.getRemainingTimeInMillis() ?? Infinity) - RESERVE_MS);
    const signal = context && AbortSignal.timeout(remainingMs());
    const failures: Failures = new Map();
    const failed = (what: string) => (error: unknown) => void failures.set(what, error);
    const watched = (await watchSites(failures, signal).catch(failed('sites'))) ?? NOTHING;
    const waiting = (await readWaiting(failures, signal).catch(failed('waiting alerts'))) ?? [];
    const told = await outboxes.empty(
      [...watched.unsent, ...waiting.flatMap(({ unsent }) => unsent)],
      {
        ...{ shard: undefined, sites: new Map(), isBehind: false, remainingMs, signal },
        newestMs: () => undefined,
        openAt: () => undefined,
      },
      waiting.flatMap(({ stale }) => stale ?? []),
    );
    const untold = new Set([...told.failedSites, ...told.waitingSites, ...told.staleSites]);
    const done = waiting.filter(({ site }) => !untold.has(site.siteId));
    await forEachBounded(done, SITES_AT_ONCE, ({ site }) =>
      waitingSites.remove(site, signal).catch(failed(site.siteId)),
    );
    emitMetrics(parts.metrics, {
      IncidentsOpened: watched.opened,
      IncidentsResolved: watched.resolved,
      NotificationFailures: told.refused,
      ReadingsSetAside: told.setAside,
    });
    logFailures(logger, 'Not watched', failures);
    const left = [...failures.keys(), ...told.failedSites];
    if (left.length > 0) throw new Error(`Left for the next minute: ${left.join(', ')}`);
  };

  /** Sites that have waited for long enough, and what waits there. */
  async function readWaiting(failures: Failures, signal?: AbortSignal) {
    const listed = await waitingSites.list(signal);
    const due = listed.filter(({ listedMs }) => now() - listedMs >= WAITED_MS);
    const found: { site: WaitingSite; stale: StaleAlerts | undefined; unsent: StoredIncident[] }[] = [];
    await forEachBounded(due, SITES_AT_ONCE, async (site) => {
      try {
        const { items, stale } = await store.site(site.siteId, signal);
        found.push({ site, stale, unsent: items.filter(({ outbox }) => outbox.length > 0) });
      } catch (error) {
        failures.set(site.siteId, error);
      }
    });
    return found;
  }
}
