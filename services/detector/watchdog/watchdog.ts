/**
 * What no batch of readings can do, once a minute: whole sites that are silent, and alerts that wait in the outbox of a
 * site that has nothing more to say. As in the detector, what is decided is written with its alert marked unsent, then
 * published, then marked sent.
 */
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { WHOLE_SITE } from '../../contract/alert.ts';
import { parseDuration } from '../../contract/duration.ts';
import { SITES_PARTITION } from '../../contract/presence.ts';
import type { Rule } from '../../contract/rule.ts';
import { formatTimestamp } from '../../contract/time.ts';
import { toAlert } from '../alert-row.ts';
import { compileRule } from '../compile.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { KEEP_MS, VersionConflict } from '../incident-store.ts';
import { createOutboxes, type OutboxParts } from '../outboxes.ts';
import { forEachBounded } from '../pool.ts';
import type { SiteFront } from '../presence.ts';
import { WRITES_AT_ONCE } from '../site.ts';
import { itemKey, newItem, type StoredIncident } from '../stored-incident.ts';
import { emitMetrics, logFailures } from '../telemetry.ts';
import { WAITED_MS, type WaitingSite, type WaitingSites } from '../waiting-sites.ts';
import type { ReadFronts } from './site-fronts.ts';
import { lookAt, type SilenceTerms, type SiteStep } from './site-silence.ts';

export interface WatchdogParts extends OutboxParts {
  rules: readonly Rule[];
  fronts: ReadFronts;
  waitingSites: WaitingSites;
  metrics: Metrics;
}

/** The part of Lambda's context that matters here. */
export interface TickContext {
  getRemainingTimeInMillis(): number;
}

/** @throws Error when something is left undone that the next minute must repeat */
export type Watchdog = (context?: TickContext) => Promise<void>;

interface SiteRule extends SilenceTerms {
  compiled: CompiledRule;
}

/** Calls are given up this long before the function's time is, so that the failure can still be reported. */
const RESERVE_MS = 1000;
const SITES_AT_ONCE = 8;

export function createWatchdog(parts: WatchdogParts): Watchdog {
  const { store, waitingSites, logger, now } = parts;
  const compiled = parts.rules.map(compileRule);
  const siteRules = compiled.flatMap(siteRule);
  const outboxes = createOutboxes(parts, compiled);

  return async (context) => {
    const remainingMs = () => Math.max(0, (context?.getRemainingTimeInMillis() ?? Infinity) - RESERVE_MS);
    const signal = context && AbortSignal.timeout(remainingMs());
    const failures = new Map<string, unknown>();
    const watched = await lookAtSites(failures, signal);
    const waiting = await readWaiting(failures, signal);
    const told = await outboxes.empty([...watched.unsent, ...waiting.unsent], {
      ...{ shard: undefined, sites: new Map(), isBehind: false, remainingMs, signal },
    });
    const untold = new Set([...told.failedSites, ...told.waitingSites]);
    await forEachBounded(waiting.sites, SITES_AT_ONCE, async (site) => {
      if (!untold.has(site.siteId))
        await waitingSites.remove(site, signal).catch(failed(site.siteId, failures));
    });
    emitMetrics(parts.metrics, {
      IncidentsOpened: watched.opened,
      IncidentsResolved: watched.resolved,
      NotificationFailures: told.refused,
      ReadingsSetAside: told.setAside,
    });
    logFailures(logger, 'Not watched', failures);
    if (failures.size + told.failedSites.length > 0) {
      throw new Error(`Left for the next minute: ${[...failures.keys(), ...told.failedSites].join(', ')}`);
    }
  };

  /** Folds and writes. */
  async function lookAtSites(failures: Map<string, unknown>, signal?: AbortSignal) {
    const { items, unreadable } = await store.site(SITES_PARTITION, signal);
    for (const error of unreadable) failures.set(error.message, error);
    const current = new Map(items.map((item) => [itemKey(item), item]));
    const counts = { opened: 0, resolved: 0 };
    const sites = siteRules.length > 0 ? await parts.fronts(signal) : [];
    if (sites.length === 0) return { ...counts, unsent: items.filter(hasAlerts) };
    const frontier = formatTimestamp(frontierOf(sites, now()));
    const looks = siteRules.flatMap((rule) => sites.map((site) => ({ rule, site })));
    const changes = looks.flatMap(({ rule, site }) => {
      const fresh = newItem(site.siteId, WHOLE_SITE, rule.compiled.name);
      const before = current.get(itemKey(fresh)) ?? fresh;
      const { incident } = before;
      if (!rule.compiled.appliesTo(site.siteId, WHOLE_SITE)) return [];
      const step = lookAt(incident, { site, frontier, nowMs: now() }, rule.compiled, rule);
      return step.incident === incident ? [] : [{ before, step, site, rule }];
    });
    await forEachBounded(changes, WRITES_AT_ONCE, async (change) => {
      const { transition } = change.step;
      try {
        const stored = await store.save(changed(change, now()), KEEP_MS + change.rule.forMs, signal);
        current.set(itemKey(stored), stored);
        if (transition?.status === 'firing') counts.opened += 1;
        if (transition?.status === 'resolved') counts.resolved += 1;
      } catch (error) {
        // Somebody else looks at the same time, and has written what he saw.
        if (!(error instanceof VersionConflict)) failures.set(change.site.siteId, error);
        current.delete(itemKey(change.before));
      }
    });
    return { ...counts, unsent: [...current.values()].filter(hasAlerts) };
  }

  /** Sites that have waited for long enough, and what waits there. */
  async function readWaiting(failures: Map<string, unknown>, signal?: AbortSignal) {
    const listed = await waitingSites.list(signal);
    const sites: WaitingSite[] = [];
    const unsent: StoredIncident[] = [];
    const due = listed.filter(({ listedMs }) => now() - listedMs >= WAITED_MS);
    await forEachBounded(due, SITES_AT_ONCE, async (site) => {
      try {
        const { items } = await store.site(site.siteId, signal);
        unsent.push(...items.filter(hasAlerts));
        sites.push(site);
      } catch (error) {
        failures.set(site.siteId, error);
      }
    });
    return { sites, unsent };
  }
}

const hasAlerts = ({ outbox }: StoredIncident) => outbox.length > 0;
const failed = (siteId: string, failures: Map<string, unknown>) => (error: unknown) =>
  void failures.set(siteId, error);

function siteRule(compiled: CompiledRule): SiteRule[] {
  const { rule, forMs } = compiled;
  if (rule.kind !== 'silent' || rule.of !== 'site') return [];
  return [{ compiled, forMs, forgetAfterMs: parseDuration(rule.forgetAfter) }];
}

/** The newest front, ms since the epoch. A clock that is ahead makes nobody else late. */
const frontierOf = (sites: readonly SiteFront[], nowMs: number): number =>
  Math.min(nowMs, Math.max(...sites.map(({ front }) => Date.parse(front))));

interface Change {
  before: StoredIncident;
  step: SiteStep;
  site: SiteFront;
  rule: SiteRule;
}

function changed({ before, step, site, rule: { compiled } }: Change, nowMs: number): StoredIncident {
  const { incident, transition } = step;
  const stored = { ...before, incident };
  const isTold = transition && (transition.status !== 'resolved' || compiled.rule.sendResolved);
  if (!isTold) return stored;
  const about = { site_id: site.siteId, device_id: WHOLE_SITE };
  return { ...stored, outbox: [...before.outbox, toAlert(transition, about, compiled, nowMs)] };
}
