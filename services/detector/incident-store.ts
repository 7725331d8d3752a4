/** The state table: one consistent Query per site that is read, conditional writes by version. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { AlreadyThere, createInsert } from './insert.ts';
import { type Attributes, ifStillOf, UnreadableItem } from './item.ts';
import {
  FRONT,
  fromFrontItem,
  fromRosterItem,
  type Presence,
  ROSTER,
  toFrontItem,
  toRosterItem,
} from './presence.ts';
import { partitionOf, queryAll } from './query-all.ts';
import { fromStaleItem, STALE, type StaleAlerts, toStaleItem } from './stale.ts';
import { fromItem, keyOf, type StoredIncident, toItem } from './stored-incident.ts';

/** Somebody else has written the item since it was read. */
export class VersionConflict extends Error {}

/**
 * How long an item outlives its last change, unless an incident is open or an alert unsent. A replay within this
 * time opens nothing again.
 */
export const KEEP_MS = 24 * 3_600_000;
/** Of one that was ended by hand: a device that is silent stays ended for as long as it is missed, as a rule. */
const KEEP_ENDED_MS = 7 * 24 * 3_600_000;

/** What the partition of a site holds. */
export interface SiteItems {
  items: StoredIncident[];
  presence: Presence;
  stale: StaleAlerts | undefined;
  unreadable: UnreadableItem[];
}

export interface IncidentStore {
  /** Every item of a partition: of a site, or of all whole sites. One that cannot be read harms no other. */
  site(siteId: string, signal?: AbortSignal): Promise<SiteItems>;
  /** The stale alerts of a site as they are now. @throws UnreadableItem */
  stale(siteId: string, signal?: AbortSignal): Promise<StaleAlerts | undefined>;
  /**
   * Writes them over the version that was read.
   * @throws VersionConflict
   */
  saveStale(stale: StaleAlerts, signal?: AbortSignal): Promise<void>;
  /**
   * One item as it is now; `undefined` when there is none.
   * @throws UnreadableItem
   */
  read(stored: StoredIncident, signal?: AbortSignal): Promise<StoredIncident | undefined>;
  /**
   * Writes an item over the version that was read, and returns it with its new version.
   * @param keepMs how long the item stays when nothing is open, ms
   * @throws VersionConflict
   */
  save(stored: StoredIncident, keepMs: number, signal?: AbortSignal): Promise<StoredIncident>;
  /**
   * Writes what a site's presence is to be, over the versions that were read.
   * @throws VersionConflict
   */
  savePresence(next: Presence, signal?: AbortSignal): Promise<void>;
}

/**
 * @param now wall clock, ms since the epoch: time to live knows no other
 * @param insert shared with other tables, whose new items go together with these
 */
export function createIncidentStore(
  client: DynamoDBClient,
  table: string,
  now: () => number,
  insert = createInsert(client),
): IncidentStore {
  async function one(site: AttributeValue, key: AttributeValue, signal?: AbortSignal) {
    const input = {
      ...{ TableName: table, ConsistentRead: true },
      KeyConditionExpression: 'site_id = :site AND device_rule = :key',
      ExpressionAttributeValues: { ':site': site, ':key': key },
    };
    const [item] = await queryAll(client, input, signal);
    return item;
  }

  /** @throws VersionConflict where the item is not of this version any more */
  async function put(Item: Attributes, version: number, abortSignal?: AbortSignal): Promise<void> {
    const command = new PutItemCommand({
      TableName: table,
      Item,
      ...ifStillOf(version),
    });
    try {
      await client.send(command, { abortSignal });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw new VersionConflict(`${Item.site_id?.S} ${Item.device_rule?.S}`, { cause: error });
    }
  }

  /** Together with those of other sites. @throws VersionConflict */
  async function insertNew(item: Attributes, signal?: AbortSignal): Promise<void> {
    try {
      await insert(table, item, signal);
    } catch (error) {
      throw error instanceof AlreadyThere ? new VersionConflict(error.message, { cause: error }) : error;
    }
  }

  return {
    async site(siteId, signal) {
      const items: StoredIncident[] = [];
      const unreadable: UnreadableItem[] = [];
      const presence: Presence = {};
      let stale: StaleAlerts | undefined;
      for (const item of await queryAll(client, partitionOf(table, siteId), signal)) {
        try {
          const { S: key } = item.device_rule ?? {};
          if (key === FRONT) presence.front = fromFrontItem(item);
          else if (key === ROSTER) presence.roster = fromRosterItem(item);
          else if (key === STALE) stale = fromStaleItem(item);
          else items.push(fromItem(item));
        } catch (error) {
          if (!(error instanceof UnreadableItem)) throw error;
          unreadable.push(error);
        }
      }
      return { items, presence, stale, unreadable };
    },

    async read(stored, signal) {
      const { site_id, device_rule } = keyOf(stored);
      const item = await one(site_id, device_rule, signal);
      return item && fromItem(item);
    },

    async stale(siteId, signal) {
      const item = await one({ S: siteId }, { S: STALE }, signal);
      return item && fromStaleItem(item);
    },

    async saveStale(stale, signal) {
      const next = { ...stale, version: stale.version + 1 };
      const goes = stale.alerts.length === 0 ? Math.ceil((now() + KEEP_MS) / 1000) : undefined;
      await put(toStaleItem(next, goes), stale.version, signal);
    },

    async save(stored, keepMs, signal) {
      const next = { ...stored, version: stored.version + 1 };
      await put(toItem(next, expiresAt(stored, now(), keepMs)), stored.version, signal);
      return next;
    },

    async savePresence({ front, roster }, signal) {
      const rosterItem = roster && toRosterItem({ ...roster, version: roster.version + 1 });
      const frontItem = front && toFrontItem({ ...front, version: front.version + 1 });
      if (rosterItem && roster.version === 0 && frontItem && front.version === 0) {
        await Promise.all([rosterItem, frontItem].map((item) => insertNew(item, signal)));
        return;
      }
      // The roster first: a front that counts too few devices is put right by the next.
      if (rosterItem) await put(rosterItem, roster.version, signal);
      if (frontItem) await put(frontItem, front.version, signal);
    },
  };
}

/** Epoch seconds. An open incident ends by its readings alone, and an unsent alert must not vanish. */
function expiresAt({ incident, outbox }: StoredIncident, nowMs: number, keepMs: number): number | undefined {
  const isClosed = incident?.state === 'normal' || incident?.state === 'pending';
  if (!isClosed || outbox.length > 0) return undefined;
  const longestMs = incident.mark.closed === undefined ? keepMs : Math.max(keepMs, KEEP_ENDED_MS);
  return Math.ceil((nowMs + longestMs) / 1000);
}
