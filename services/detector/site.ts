/** Effects on one site's items: fold a batch into them, write what changed, and mark what was sent. */
import type { KinesisStreamRecord } from 'aws-lambda';
import type { CompiledRule } from './compile.ts';
import type { SiteBatch } from './decode.ts';
import { type Folded, foldDevice, foldSite, newItem } from './fold.ts';
import { type IncidentStore, KEEP_MS, VersionConflict } from './incident-store.ts';
import { forEachBounded } from './pool.ts';
import { deviceRule, type StoredIncident } from './stored-incident.ts';

/** Items of a site that are written at a time. */
export const WRITES_AT_ONCE = 16;
/** A conflict needs another writer each time: more in a row is no race but a fault. */
const MAX_CONFLICTS = 5;

export interface ProcessedSite {
  /** What was folded and, where it changed anything, written: a retry changes nothing in it. */
  folded: Folded[];
  /** Every item of the site with an alert that is not known to be sent, be it of this batch or of one that crashed. */
  unsent: StoredIncident[];
  /** What DynamoDB threw at an item that could not be written; there is nothing to send before it is. */
  failure?: { error: unknown };
}

/** What every site of a batch is processed with. */
export interface SiteContext {
  records: readonly KinesisStreamRecord[];
  rules: readonly CompiledRule[];
  store: IncidentStore;
  now: () => number;
  signal: AbortSignal | undefined;
}

/** @throws what DynamoDB throws when the site cannot be read */
export async function processSite(
  site: SiteBatch,
  { records, rules, store, now, signal }: SiteContext,
): Promise<ProcessedSite> {
  const items = await store.site(site.siteId, signal);
  const current = new Map(items.map((item) => [deviceRule(item.deviceId, item.rule), item]));
  const folded: Folded[] = [];
  let failure: ProcessedSite['failure'];
  await forEachBounded(foldSite(site, records, items, rules, now()), WRITES_AT_ONCE, async (one) => {
    try {
      const written = await write(one, store, now, signal);
      folded.push(written);
      current.set(deviceRule(written.stored.deviceId, written.stored.rule), written.stored);
    } catch (error) {
      failure ??= { error };
    }
  });
  if (failure) return { folded, unsent: [], failure };
  return { folded, unsent: [...current.values()].filter(({ outbox }) => outbox.length > 0) };
}

/** Somebody else may have written meanwhile: then read again and fold again, on top of what they wrote. */
async function write(
  one: Folded,
  store: IncidentStore,
  now: () => number,
  signal?: AbortSignal,
): Promise<Folded> {
  let folded = one;
  for (let conflicts = 0; folded.changed; conflicts += 1) {
    const { stored, observations, rule } = folded;
    try {
      // A pending incident may wait for as long as its rule says, and must not expire meanwhile.
      return { ...folded, stored: await store.save(stored, KEEP_MS + rule.forMs, signal) };
    } catch (error) {
      if (!(error instanceof VersionConflict) || conflicts === MAX_CONFLICTS) throw error;
      const { siteId, deviceId } = stored;
      const latest = (await store.read(stored, signal)) ?? newItem(siteId, deviceId, stored.rule);
      folded = foldDevice(latest, observations, rule, now());
    }
  }
  return folded;
}

/** Takes the alerts that were sent out of an item's outbox. */
export async function markSent(
  item: StoredIncident,
  sent: ReadonlySet<string>,
  store: IncidentStore,
  signal?: AbortSignal,
): Promise<void> {
  let current: StoredIncident | undefined = item;
  for (let conflicts = 0; current !== undefined; conflicts += 1) {
    const outbox = current.outbox.filter((alert) => !sent.has(alert.notification_id));
    if (outbox.length === current.outbox.length) return;
    try {
      await store.save({ ...current, outbox }, KEEP_MS, signal);
      return;
    } catch (error) {
      if (!(error instanceof VersionConflict) || conflicts === MAX_CONFLICTS) throw error;
      current = await store.read(item, signal);
    }
  }
}
