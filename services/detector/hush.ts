/** Effects of silences: takes what nobody is to be told out of what is about to be told, and keeps it for the history. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { WHOLE_SITE } from '../contract/whole-site.ts';
import type { KnownSilences } from './known-silences.ts';
import { forEachBounded } from './pool.ts';
import type { RecordHistory } from './record.ts';
import { type Sifted, siftSilenced } from './silence-sift.ts';
import type { StoredIncident } from './stored-incident.ts';
import { logFailures } from './telemetry.ts';
import type { WaitingSites } from './waiting-sites.ts';

export interface HushParts {
  silences: KnownSilences;
  /** Writes alerts to the history, and tells nobody. */
  record: RecordHistory;
  waitingSites: Pick<WaitingSites, 'addSilenced'>;
  logger: () => Logger;
  /** Wall clock, ms since the epoch. */
  now: () => number;
}

export interface Hushed extends Pick<Sifted, 'telling' | 'released' | 'covered' | 'held' | 'dropped'> {
  /** Sites of which it could not be kept: nothing of them may be marked. */
  failedSites: string[];
}

const SITES_AT_ONCE = 8;

/** @param published ids that are not to be told again */
export type Hush = (
  items: readonly StoredIncident[],
  published: ReadonlySet<string>,
  signal?: AbortSignal,
) => Promise<Hushed>;

export function createHush({ silences, record, waitingSites, logger, now }: HushParts): Hush {
  return async (items, published, signal) => {
    const isAnyUntold = items.some(({ outbox }) => outbox.length > 0);
    const known = isAnyUntold ? await silences.all(signal) : [];
    const { rows, ...sifted } = siftSilenced(items, known, published, now());
    if (rows.length === 0 && sifted.held.size === 0) return { ...sifted, failedSites: [] };
    const failures = new Map<string, unknown>();
    const sites = new Set(rows.map(({ site_id }) => site_id));
    try {
      await record(rows, signal);
      logger().info('Alerts that a silence keeps from people', { alerts: rows.length });
    } catch (error) {
      for (const site of sites) failures.set(site, error);
    }
    await forEachBounded(placesOf(sifted, items), SITES_AT_ONCE, async ([siteId, id]) => {
      try {
        await waitingSites.addSilenced(siteId, id, signal);
      } catch (error) {
        failures.set(siteId, error);
      }
    });
    logFailures(logger, 'Silenced alerts not kept', failures);
    return { ...sifted, failedSites: [...failures.keys()] };
  };
}

/** Site and silence of what is held from now on, each pair once. The watchdog looks at whole sites anyway. */
function placesOf({ held }: Pick<Sifted, 'held'>, items: readonly StoredIncident[]): [string, string][] {
  const places = new Map<string, [string, string]>();
  for (const { siteId, deviceId, outbox } of items) {
    if (deviceId === WHOLE_SITE) continue;
    for (const { notification_id } of outbox) {
      const id = held.get(notification_id);
      if (id !== undefined) places.set(`${siteId} ${id}`, [siteId, id]);
    }
  }
  return [...places.values()];
}
