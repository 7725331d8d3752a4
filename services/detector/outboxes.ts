/**
 * Steps 3 and 4 of an invocation: publishes what is in the items' outboxes, and takes out what was published. What gets
 * no turn to be published stays there, so that later alerts join it in one digest.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Alert } from '../contract/alert.ts';
import type { CompiledRule } from './compile.ts';
import { digestKey, groupAlerts } from './digest.ts';
import type { Keep } from './failure-bucket.ts';
import { isHopeless } from './hopeless.ts';
import { createHush } from './hush.ts';
import { hasTurned, inOrder } from './in-order.ts';
import type { IncidentStore } from './incident-store.ts';
import type { KnownSilences } from './known-silences.ts';
import { markSent } from './mark-sent.ts';
import { type Publish, publishAll } from './notify.ts';
import { createPassedOver } from './passed-over.ts';
import type { OpenAt, Pointers } from './pointers.ts';
import { forEachBounded } from './pool.ts';
import type { RecordHistory } from './record.ts';
import { keptAlerts } from './set-aside.ts';
import { WRITES_AT_ONCE } from './site.ts';
import { type Message, toMessages } from './sns-message.ts';
import type { StaleAlerts } from './stale.ts';
import { createStaleAlerts } from './stale-alerts.ts';
import { itemKey, type StoredIncident } from './stored-incident.ts';
import { logFailures } from './telemetry.ts';
import { MAX_PATIENCE_MS, type Turns } from './turns.ts';
import type { WaitingSites } from './waiting-sites.ts';
import { createWatchLists } from './watch-lists.ts';

export interface OutboxParts {
  pointers: Pointers;
  store: IncidentStore;
  publish: Publish;
  /** Keeps what is set aside. */
  keep: Keep;
  logger: () => Logger;
  /** Wall clock, ms since the epoch. */
  now: () => number;
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

/** Of the time that remains, what may be spent on waiting; the rest is for publishing and marking. */
const PATIENCE_SHARE = 0.5;

export function createOutboxes(parts: OutboxParts, rules: readonly CompiledRule[]): Outboxes {
  const { store, logger } = parts;
  const rulesByName = new Map(rules.map((rule) => [rule.name, rule]));
  /** Notifications that are published and could not be marked yet: a retry in this environment must not repeat them. */
  const published = new Set<string>();
  const passedOver = createPassedOver(store, logger);
  const staleAlerts = createStaleAlerts(parts, rulesByName);
  const hush = createHush(parts);
  const lists = createWatchLists(parts, rulesByName);
  /** Digests that got no turn last time: they come first now. */
  let waiting: ReadonlySet<string> = new Set();

  return {
    async empty(unsent, telling, known = []) {
      const { shard, sites, isBehind, signal } = telling;
      const takesMore = !isBehind && shard !== undefined;
      const found = takesMore ? [...unsent, ...(await passedOver.take(shard, sites, signal))] : unsent;
      const { all, toTell, hushed, unprepared } = await prepare(found, signal);
      const settle = ({ notification_id: id }: Alert) => {
        for (const covered of hushed.covered.get(id) ?? [id]) published.add(covered);
      };
      const unpublished = inOrder(toTell);
      const ofTurnedClocks = new Set(toTell.flatMap((item) => (hasTurned(item) ? item.outbox : [])));
      const isNews = (alert: Alert) => ofTurnedClocks.has(alert) || hushed.released.has(alert);
      const takeTurn = turnTaker(parts, telling);
      let [refusedDigests, keptDigests] = [0, 0];
      const datable = unpublished.filter((alert) => !isNews(alert));
      const sifted = await staleAlerts.sift(
        { alerts: datable, known, newestMs: telling.newestMs, signal },
        async (digests) => {
          const { sent, failed } = await publishMessages(digests, takeTurn, signal);
          const kept = await setAside(failed, signal);
          refusedDigests += failed.length;
          keptDigests += kept.flatMap(alertsOf).length;
          return [...sent, ...kept].flatMap(alertsOf);
        },
      );
      for (const id of sifted.settled) published.add(id);
      const alerts = unpublished.filter((alert) => !sifted.stale.has(alert.notification_id));
      const groups = groupAlerts(alerts, rulesByName, isBehind ? waiting : undefined);
      const { sent, failed } = await publishMessages(messagesOf(groups, telling.openAt), takeTurn, signal);
      const kept = await setAside(failed, signal);
      for (const alert of [...sent, ...kept].flatMap(alertsOf)) settle(alert);
      const refused = failed.filter(({ message }) => !kept.includes(message));
      const told = new Set([...refused.map(({ message }) => message), ...kept, ...sent].flatMap(alertsOf));
      const left = unpublished.filter(
        (alert) => !told.has(alert) && !sifted.settled.has(alert.notification_id),
      );
      if (left.length > 0) logger().info('Alerts wait for their turn', { alerts: left.length });
      waiting = new Set(left.map(digestKey));
      if (shard !== undefined) passedOver.remember(shard, sitesOf(left));
      // One that is not behind is repeated until all is told.
      const unlisted = isBehind ? await lists.waiting(new Set(sitesOf(left)), signal) : [];
      const { items, unmarked } = await markAll(all, hushed.held, signal);
      return {
        items,
        failedSites: [
          ...refused.flatMap(({ message }) => sitesOf(message.alerts)),
          ...[...sifted.failedSites, ...unmarked, ...unlisted, ...unprepared],
        ],
        staleSites: sifted.waitingSites,
        waitingSites: sitesOf(left),
        refused: failed.length + refusedDigests,
        setAside: kept.flatMap(alertsOf).length + keptDigests,
      };
    },
  };

  /** What is to be told of the items, and which of them may be marked: the others are tried again. */
  async function prepare(found: readonly StoredIncident[], signal?: AbortSignal) {
    const unclaimed = found.filter(({ watchdogMs = 0 }) => watchdogMs <= parts.now());
    const hushed = await hush(unclaimed, published, signal);
    const unlisted = await lists.reminders(hushed.telling, signal);
    const unprepared = new Set([...hushed.failedSites, ...unlisted]);
    const isPrepared = ({ siteId }: StoredIncident) => !unprepared.has(siteId);
    const [all, toTell] = [unclaimed.filter(isPrepared), hushed.telling.filter(isPrepared)];
    const ids = all.flatMap(({ outbox }) => outbox.map(({ notification_id }) => notification_id));
    for (const id of ids) if (hushed.dropped.has(id)) published.add(id);
    return { all, toTell, hushed, unprepared };
  }

  async function publishMessages(
    messages: Iterable<Message>,
    takeTurn: () => Promise<boolean>,
    signal?: AbortSignal,
  ) {
    const result = await publishAll(messages, (message) => parts.publish(message, signal), takeTurn);
    const reasons = result.failed.map(({ message, error }) => [message.subject, error] as const);
    logFailures(logger, 'Messages not published', new Map(reasons));
    const { sent } = result;
    if (sent.length > 0)
      logger().info('Alerts published', { messages: sent.length, alerts: sent.flatMap(alertsOf).length });
    return result;
  }

  function* messagesOf(groups: readonly Alert[][], openAt: OpenAt) {
    for (const group of groups) yield* toMessages(group, rulesByName, parts.pointers, openAt);
  }

  /** Returns the messages that were kept elsewhere, because the topic never will take them. */
  async function setAside(
    failed: readonly { message: Message; error: unknown }[],
    signal?: AbortSignal,
  ): Promise<Message[]> {
    const kept: Message[] = [];
    for (const { message, error } of failed) {
      if (!isHopeless(error)) continue;
      try {
        await parts.keep(keptAlerts(message.alerts, error, parts.now()), signal);
        kept.push(message);
      } catch (unkept) {
        logFailures(logger, 'Alerts not set aside', new Map([[message.subject, unkept]]));
      }
    }
    return kept;
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
        items.set(itemKey(item), await markSent(item, { settled: published, held }, context));
        for (const alert of item.outbox) published.delete(alert.notification_id);
      } catch (error) {
        unmarked.set(item.siteId, error);
      }
    });
    logFailures(logger, 'Alerts published, but not marked as sent: they may be repeated', unmarked);
    return { items, unmarked: [...unmarked.keys()] };
  }
}

const alertsOf = ({ alerts }: Message) => alerts;
const sitesOf = (alerts: readonly Alert[]) => alerts.map(({ site_id }) => site_id);

/** All turns of an invocation share its patience. */
function turnTaker({ turns, logger }: OutboxParts, { isBehind, remainingMs, signal }: Telling) {
  // While records wait, invocations follow each other, and each takes the turns that are free.
  let patienceMs = isBehind ? 0 : Math.min(MAX_PATIENCE_MS, remainingMs() * PATIENCE_SHARE);
  return async () => {
    try {
      const waitedMs = await turns.take(patienceMs, signal);
      patienceMs -= waitedMs ?? 0;
      return waitedMs !== undefined;
    } catch (error) {
      logFailures(logger, 'No turn to publish', new Map([['turns', error]]));
      return false;
    }
  };
}
