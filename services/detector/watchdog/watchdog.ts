/**
 * What no batch of readings can do, once a minute: whole sites that are silent, reminders, and what waits at a site that
 * has nothing more to say: alerts in an outbox, ends by hand. As in the detector, what is decided is written with its alert marked unsent, then
 * published, then marked sent.
 */
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { Rule } from '../../contract/rule.ts';
import { compileRule } from '../compile.ts';
import { createOutboxes, type OutboxParts } from '../outboxes.ts';
import { emitMetrics, logFailures } from '../telemetry.ts';
import type { WaitingSites } from '../waiting-sites.ts';
import { createSiteWatch, type SiteWatchParts, type Watched } from './site-watch.ts';
import { createTend } from './tend.ts';
import { createVisits } from './visits.ts';

export interface WatchdogParts extends OutboxParts, Omit<SiteWatchParts, 'tend'> {
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
const NOTHING: Watched = { opened: 0, resolved: 0, unsent: [] };

export function createWatchdog(parts: WatchdogParts): Watchdog {
  const { store, waitingSites, silences, logger, now } = parts;
  const compiled = parts.rules.map(compileRule);
  const tend = createTend({ store, now, rules: new Map(compiled.map((rule) => [rule.name, rule])) });
  const watchSites = createSiteWatch({ ...parts, tend }, compiled);
  const visits = createVisits({ store, waitingSites, silences, tend, now });
  const outboxes = createOutboxes(parts, compiled);

  return async (context) => {
    const remainingMs = () => Math.max(0, (context?.getRemainingTimeInMillis() ?? Infinity) - RESERVE_MS);
    const signal = context && AbortSignal.timeout(remainingMs());
    const failures: Failures = new Map();
    const failed = (what: string) => (error: unknown) => void failures.set(what, error);
    const watched = (await watchSites(failures, signal).catch(failed('sites'))) ?? NOTHING;
    const visited = (await visits.due(failures, signal).catch(failed('waiting sites'))) ?? [];
    const told = await outboxes.empty(
      [...watched.unsent, ...visited.flatMap(({ unsent }) => unsent)],
      {
        ...{ shard: undefined, sites: new Map(), isBehind: false, remainingMs, signal },
        newestMs: () => undefined,
        openAt: () => undefined,
      },
      visited.flatMap(({ stale }) => stale ?? []),
    );
    const untold = new Set([...told.failedSites, ...told.waitingSites, ...told.staleSites]);
    await visits.finish(
      visited.filter(({ siteId }) => !untold.has(siteId)),
      told.items.values(),
      failures,
      signal,
    );
    emitMetrics(parts.metrics, {
      IncidentsOpened: watched.opened,
      IncidentsResolved: visited.reduce((sum, { closed }) => sum + closed, watched.resolved),
      NotificationFailures: told.refused,
      ReadingsSetAside: told.setAside,
    });
    logFailures(logger, 'Not watched', failures);
    const left = [...failures.keys(), ...told.failedSites];
    if (left.length > 0) throw new Error(`Left for the next minute: ${left.join(', ')}`);
  };
}
