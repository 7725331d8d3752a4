/**
 * Sites whose alerts had to wait while a shard was behind. Their own next readings tell them; this is for sites that
 * fall silent. By shard, because one shard's invocations follow each other: no other tells the same alert meanwhile.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { IncidentStore } from './incident-store.ts';
import { forEachBounded } from './pool.ts';
import type { StoredIncident } from './stored-incident.ts';
import { logFailures } from './telemetry.ts';

export interface PassedOver {
  remember(shard: string, sites: Iterable<string>): void;
  /**
   * Items with something in their outbox, of sites that were passed over, and forgets these sites.
   * @param present sites that need no looking after
   */
  take(shard: string, present: ReadonlyMap<string, unknown>, signal?: AbortSignal): Promise<StoredIncident[]>;
}

const SITES_AT_ONCE = 8;

export function createPassedOver(store: IncidentStore, logger: () => Logger): PassedOver {
  const byShard = new Map<string, Set<string>>();
  return {
    remember(shard, sites) {
      byShard.set(shard, new Set([...(byShard.get(shard) ?? []), ...sites]));
    },

    async take(shard, present, signal) {
      const sites = [...(byShard.get(shard) ?? [])].filter((site) => !present.has(site));
      byShard.delete(shard);
      const found: StoredIncident[] = [];
      const failed = new Map<string, unknown>();
      await forEachBounded(sites, SITES_AT_ONCE, async (site) => {
        try {
          const { items } = await store.site(site, signal);
          found.push(...items.filter(({ outbox }) => outbox.length > 0));
        } catch (error) {
          failed.set(site, error);
        }
      });
      logFailures(logger, 'Sites whose alerts wait, not read', failed);
      this.remember(shard, failed.keys());
      return found;
    },
  };
}
