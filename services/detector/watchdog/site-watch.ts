/** Whole sites that are silent: reads how far they have come, folds it into their incidents, and writes what changed. */
import { WHOLE_SITE } from '../../contract/alert.ts';
import { parseDuration } from '../../contract/duration.ts';
import { SITES_PARTITION } from '../../contract/presence.ts';
import { formatTimestamp } from '../../contract/time.ts';
import { toAlert } from '../alert-row.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { MAX_OUTBOX } from '../fold.ts';
import { type IncidentStore, KEEP_MS, VersionConflict } from '../incident-store.ts';
import { forEachBounded } from '../pool.ts';
import type { SiteFront } from '../presence.ts';
import { WRITES_AT_ONCE } from '../site.ts';
import { itemKey, newItem, type StoredIncident } from '../stored-incident.ts';
import type { ReadFronts } from './site-fronts.ts';
import { type Look, lookAt, type SilenceTerms, type SiteStep } from './site-silence.ts';

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

interface SiteRule extends SilenceTerms {
  compiled: CompiledRule;
}

interface Change {
  before: StoredIncident;
  step: SiteStep;
  rule: SiteRule;
}

/** @param failures gets what could not be done, by site or by message */
export type WatchSites = (failures: Map<string, unknown>, signal?: AbortSignal) => Promise<Watched>;

export function createSiteWatch(parts: SiteWatchParts, rules: readonly CompiledRule[]): WatchSites {
  const { store, now } = parts;
  const siteRules = rules.flatMap(siteRule);

  return async (failures, signal) => {
    const { items, unreadable } = await store.site(SITES_PARTITION, signal);
    const fronts = siteRules.length > 0 ? await parts.fronts(signal) : { sites: [], unreadable: [] };
    for (const error of [...unreadable, ...fronts.unreadable]) failures.set(error.message, error);
    const current = new Map(items.map((item) => [itemKey(item), item]));
    const watched = { opened: 0, resolved: 0 };
    const changes = changesIn(siteRules, fronts.sites, current, now());
    await forEachBounded(changes, WRITES_AT_ONCE, async (change) => {
      try {
        const stored = await store.save(changed(change, now()), KEEP_MS + change.rule.forMs, signal);
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

function siteRule(compiled: CompiledRule): SiteRule[] {
  const { rule, forMs } = compiled;
  if (rule.kind !== 'silent' || rule.of !== 'site') return [];
  return [{ compiled, forMs, forgetAfterMs: parseDuration(rule.forgetAfter) }];
}

function changesIn(
  rules: readonly SiteRule[],
  sites: readonly SiteFront[],
  items: ReadonlyMap<string, StoredIncident>,
  nowMs: number,
): Change[] {
  if (sites.length === 0) return [];
  const frontier = formatTimestamp(frontierOf(sites, nowMs));
  return rules.flatMap((rule) =>
    sites
      .filter(({ siteId }) => rule.compiled.appliesTo(siteId, WHOLE_SITE))
      .flatMap((site) => changeOf(rule, { site, frontier, nowMs }, items)),
  );
}

/** The newest front, ms since the epoch. A clock that is ahead makes nobody else late. */
const frontierOf = (sites: readonly SiteFront[], nowMs: number): number =>
  Math.min(nowMs, Math.max(...sites.map(({ front }) => Date.parse(front))));

function changeOf(rule: SiteRule, look: Look, items: ReadonlyMap<string, StoredIncident>): Change[] {
  const fresh = newItem(look.site.siteId, WHOLE_SITE, rule.compiled.name);
  const before = items.get(itemKey(fresh)) ?? fresh;
  // Full, it waits until its alerts are published.
  if (before.outbox.length >= MAX_OUTBOX) return [];
  const step = lookAt(before.incident, look, rule.compiled, rule);
  return step.incident === before.incident ? [] : [{ before, step, rule }];
}

function changed({ before, step, rule: { compiled } }: Change, nowMs: number): StoredIncident {
  const { incident, transition } = step;
  const stored = { ...before, incident };
  const isTold = transition && (transition.status !== 'resolved' || compiled.rule.sendResolved);
  if (!isTold) return stored;
  const about = { site_id: before.siteId, device_id: WHOLE_SITE };
  return { ...stored, outbox: [...before.outbox, toAlert(transition, about, compiled, nowMs)] };
}
