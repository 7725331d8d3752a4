/** The memory of an environment: what it has seen of each site, as far as some rule wants it. */
import { METRICS } from '../contract/reading.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { type Plan, SiteMemory } from './site-memory.ts';

/** Devices that an environment remembers, in all: about 200 bytes each. */
const MAX_DEVICES = 200_000;

export interface Memory {
  /** Of a site, whose batch begins. */
  begin(siteId: string): SiteMemory;
}

/** What these rules want to be remembered; undefined where it is nothing, which then costs nothing. */
export function planFor(rules: readonly CompiledRule[]): Plan | undefined {
  const metrics = METRICS.flatMap((metric) => {
    const kinds = new Set(rules.filter((rule) => rule.metric === metric).map(({ rule }) => rule.kind));
    const wanted = { metric, stuck: kinds.has('stuck'), noisy: kinds.has('noisy') };
    return wanted.stuck || wanted.noisy ? [wanted] : [];
  });
  const silence = rules.some(({ rule }) => rule.kind === 'silent');
  return metrics.length > 0 || silence ? { metrics, silence } : undefined;
}

/** Sites that were not heard for longest are forgotten first. */
export function createMemory(plan: Plan, maxDevices = MAX_DEVICES): Memory {
  const sites = new Map<string, SiteMemory>();

  function forgetOthers(siteId: string): void {
    let devices = 0;
    for (const { size } of sites.values()) devices += size;
    for (const [other, { size }] of sites) {
      if (devices <= maxDevices) return;
      if (other === siteId) continue;
      sites.delete(other);
      devices -= size;
    }
  }

  return {
    begin(siteId) {
      const known = sites.get(siteId);
      const site = known ?? new SiteMemory(plan);
      sites.delete(siteId);
      sites.set(siteId, site);
      if (known === undefined) forgetOthers(siteId);
      site.beginBatch();
      return site;
    },
  };
}
