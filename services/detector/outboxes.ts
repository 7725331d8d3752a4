/**
 * Steps 3 and 4 of an invocation: publishes what is in the items' outboxes, and takes out what was published. What gets
 * no turn to be published stays there, so that later alerts join it in one digest.
 */
import type { Alert } from '../contract/alert.ts';
import type { CompiledRule } from './compile.ts';
import { digestKey, groupAlerts } from './digest.ts';
import { createHush } from './hush.ts';
import { hasTurned, inOrder } from './in-order.ts';
import type { IncidentStore } from './incident-store.ts';
import type { KnownSilences } from './known-silences.ts';
import { markSent } from './mark-sent.ts';
import { createPassedOver } from './passed-over.ts';
import type { OpenAt, Pointers } from './pointers.ts';
import { forEachBounded } from './pool.ts';
import { type Outcome, type PublishOrKeepParts, publishOrKeep } from './publish-or-keep.ts';
import { Published } from './published.ts';
import type { RecordHistory } from './record.ts';
import { WRITES_AT_ONCE } from './site.ts';
import { type Message, toMessages } from './sns-message.ts';
import type { StaleAlerts } from './stale.ts';
import { createStaleAlerts } from './stale-alerts.ts';
import { itemKey, type StoredIncident } from './stored-incident.ts';
import { logFailures } from './telemetry.ts';
import { turnTaker } from './turn-taker.ts';
import type { Turns } from './turns.ts';
import type { WaitingSites } from './waiting-sites.ts';
import { createWatchLists } from './watch-lists.ts';

export interface OutboxParts extends PublishOrKeepParts {
  pointers: Pointers;
  store: IncidentStore;
  turns: Turns;
  waitingSites: Pick<WaitingSites, 'add' | 'addSilenced' | 'addReminder'>;
  silences: KnownSilences;
  /** Writes alerts to the history, and tells nobody. */
  record: RecordHistory;
}

/** The batch whose alerts are told, or the look of the watchdog. */
export interface Telling {
  /** Undefined outside of a batch. */
  shard: string | undefined;
  /** Its sites, by name. */
  sites: ReadonlyMap<string, unknown>;
  /** Event time of a site's newest reading, ms since the epoch; undefined where nothing came. */
  newestMs(siteId: string): number | undefined;
  openAt: OpenAt;
  /** Do more records wait in the shard? Then telling does not hold them up. */
  isBehind: boolean;
  /** Until calls are given up, ms. */
  remainingMs: () => number;
  signal: AbortSignal | undefined;
}

export interface Emptied {
  /** The items whose outbox was emptied, as they are now, by their keys. */
  items: Map<string, StoredIncident>;
  /** Sites with an alert that is not published, or not marked: they must be repeated. */
  failedSites: string[];
  /** Sites with an alert that got no turn. */
  waitingSites: string[];
  /** Sites with alerts that wait until it has caught up. */
  staleSites: string[];
  /** Messages that the topic did not take. */
  refused: number;
  /** Alerts that it never will take. */
  setAside: number;
}

export interface Outboxes {
  /** @param stale what waits until its site has caught up, of the sites that were read */
  empty(
    unsent: readonly StoredIncident[],
    telling: Telling,
    stale?: readonly StaleAlerts[],
  ): Promise<Emptied>;
}

/** Nearly every batch has nothing to tell. */
const NOTHING: Emptied = {
  ...{ items: new Map(), failedSites: [], waitingSites: [], staleSites: [] },
  ...{ refused: 0, setAside: 0 },
};

export function createOutboxes(parts: OutboxParts, rules: readonly CompiledRule[]): Outboxes {
  const { store, logger } = parts;
  const rulesByName = new Map(rules.map((rule) => [rule.name, rule]));
  const published = new Published();
  const passedOver = createPassedOver(store, logger);
  const staleAlerts = createStaleAlerts(parts, rulesByName);
  const hush = createHush(parts);
  const lists = createWatchLists(parts, rulesByName);
  /** Digests that got no turn last time: they come first now. */
  let waiting: ReadonlySet<string> = new Set();

  return {
    async empty(unsent, telling, known = []) {
      const { signal } = telling;
      const found = [...unsent, ...(await passedOverOf(telling))];
      if (found.length === 0 && known.length === 0) {
        waiting = new Set();
        return NOTHING;
      }
      const { all, toTell, hushed, unprepared } = await prepare(found, signal);
      const unpublished = inOrder(toTell);
      const takeTurn = turnTaker(parts, telling);
      const outcomes: Outcome[] = [];
      const tell = async (messages: Iterable<Message>) => {
        const outcome = await publishOrKeep(parts, messages, takeTurn, signal);
        outcomes.push(outcome);
        return outcome;
      };
      const ofTurnedClocks = new Set(toTell.flatMap((item) => (hasTurned(item) ? item.outbox : [])));
      const datable = unpublished.filter(
        (alert) => !ofTurnedClocks.has(alert) && !hushed.released.has(alert),
      );
      const sifted = await staleAlerts.sift(
        { alerts: datable, known, newestMs: telling.newestMs, signal },
        async (digests) => (await tell(digests)).settled,
      );
      published.add(sifted.settled, all);
      const alerts = unpublished.filter((alert) => !sifted.stale.has(alert.notification_id));
      const groups = groupAlerts(alerts, rulesByName, telling.isBehind ? waiting : undefined);
      const { settled, refused } = await tell(messagesOf(groups, telling.openAt));
      const covered = settled.flatMap(({ notification_id: id }) => hushed.covered.get(id) ?? [id]);
      published.add(covered, all);
      const told = new Set([...refused, ...settled]);
      const left = unpublished.filter(
        (alert) => !told.has(alert) && !sifted.settled.has(alert.notification_id),
      );
      const unlisted = await leave(left, telling);
      const { items, unmarked } = await markAll(all, hushed.held, signal);
      return {
        items,
        failedSites: [
          ...sitesOf(refused),
          ...[...sifted.failedSites, ...unmarked, ...unlisted, ...unprepared],
        ],
        staleSites: sifted.waitingSites,
        waitingSites: sitesOf(left),
        refused: outcomes.reduce((sum, { failed }) => sum + failed, 0),
        setAside: outcomes.reduce((sum, { setAside }) => sum + setAside, 0),
      };
    },
  };

  /** What earlier batches of the shard have left, where there is time for it. */
  async function passedOverOf({ shard, sites, isBehind, signal }: Telling) {
    return isBehind || shard === undefined ? [] : passedOver.take(shard, sites, signal);
  }

  /** Alerts that got no turn. @returns sites that could not be noted as waiting */
  async function leave(left: readonly Alert[], { shard, isBehind, signal }: Telling) {
    if (left.length > 0) logger().info('Alerts wait for their turn', { alerts: left.length });
    waiting = new Set(left.map(digestKey));
    if (shard !== undefined) passedOver.remember(shard, sitesOf(left));
    // One that is not behind is repeated until all is told.
    return isBehind ? lists.waiting(new Set(sitesOf(left)), signal) : [];
  }

  /** What is to be told of the items, and which of them may be marked: the others are tried again. */
  async function prepare(found: readonly StoredIncident[], signal?: AbortSignal) {
    const unclaimed = found.filter(({ watchdogMs = 0 }) => watchdogMs <= parts.now());
    const hushed = await hush(unclaimed, published.ids, signal);
    const unlisted = await lists.reminders(hushed.telling, signal);
    const unprepared = new Set([...hushed.failedSites, ...unlisted]);
    const isPrepared = ({ siteId }: StoredIncident) => !unprepared.has(siteId);
    const [all, toTell] = [unclaimed.filter(isPrepared), hushed.telling.filter(isPrepared)];
    published.add(hushed.dropped, all);
    return { all, toTell, hushed, unprepared };
  }

  function* messagesOf(groups: readonly Alert[][], openAt: OpenAt) {
    for (const group of groups) yield* toMessages(group, rulesByName, parts.pointers, openAt);
  }

  /** Step 4. */
  async function markAll(
    unsent: readonly StoredIncident[],
    held: ReadonlyMap<string, string>,
    signal: AbortSignal | undefined,
  ) {
    const context = { store, now: parts.now, signal };
    const items = new Map<string, StoredIncident>();
    const unmarked = new Map<string, unknown>();
    await forEachBounded(unsent, WRITES_AT_ONCE, async (item) => {
      try {
        items.set(itemKey(item), await markSent(item, { settled: published.ids, held }, context));
        published.marked(item);
      } catch (error) {
        unmarked.set(item.siteId, error);
      }
    });
    published.forgetOldest();
    logFailures(logger, 'Alerts published, but not marked as sent: they may be repeated', unmarked);
    return { items, unmarked: [...unmarked.keys()] };
  }
}

const sitesOf = (alerts: readonly Alert[]) => alerts.map(({ site_id }) => site_id);
