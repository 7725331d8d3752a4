/** What a look at all sites changes in their incidents. Pure. */

import { parseDuration } from '../../contract/duration.ts';
import { formatTimestamp } from '../../contract/time.ts';
import { WHOLE_SITE } from '../../contract/whole-site.ts';
import { toAlert } from '../alert-row.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import type { SiteFront } from '../presence.ts';
import { itemKey, MAX_OUTBOX, newItem, type StoredIncident, withIncident } from '../stored-incident.ts';
import { type Look, lookAt, type SilenceTerms, type SiteStep } from './site-silence.ts';

export interface SiteRule extends SilenceTerms {
  compiled: CompiledRule;
}

export interface Change {
  before: StoredIncident;
  step: SiteStep;
  rule: SiteRule;
}

export const siteRulesOf = (rules: readonly CompiledRule[]): SiteRule[] => rules.flatMap(siteRule);

function siteRule(compiled: CompiledRule): SiteRule[] {
  const { rule, forMs } = compiled;
  if (rule.kind !== 'silent' || rule.of !== 'site') return [];
  return [{ compiled, forMs, forgetAfterMs: parseDuration(rule.forgetAfter) }];
}

export function changesIn(
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

export function afterChange({ before, step, rule: { compiled } }: Change, nowMs: number): StoredIncident {
  const { incident, transition } = step;
  const stored = withIncident(before, incident);
  const isTold = transition && (transition.status !== 'resolved' || compiled.rule.sendResolved);
  if (!isTold) return stored;
  const about = { site_id: before.siteId, device_id: WHOLE_SITE };
  return { ...stored, outbox: [...before.outbox, toAlert(transition, about, compiled, nowMs)] };
}
