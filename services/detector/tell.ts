/**
 * Steps 3 and 4 of an invocation: publishes what is in the outboxes, and takes it out of them. What gets no turn stays
 * in its outbox, so that later alerts join it in one digest.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Alert } from '../contract/alert.ts';
import type { CompiledRule } from './compile.ts';
import { digestKey, groupAlerts } from './digest.ts';
import type { Lake } from './history-query.ts';
import type { IncidentStore } from './incident-store.ts';
import { type Publish, publishAll } from './notify.ts';
import { createPassedOver } from './passed-over.ts';
import { forEachBounded } from './pool.ts';
import { markSent, WRITES_AT_ONCE } from './site.ts';
import { toMessages } from './sns-message.ts';
import type { StoredIncident } from './stored-incident.ts';
import { logFailures } from './telemetry.ts';
import { MAX_PATIENCE_MS, type Turns } from './turns.ts';

export interface TellerParts {
  rules: ReadonlyMap<string, CompiledRule>;
  /** Where the e-mails' queries look. */
  lake: Lake;
  store: IncidentStore;
  publish: Publish;
  turns: Turns;
  logger: () => Logger;
}

/** What a batch leaves to be told. */
export interface ToTell {
  /** Items of the batch's sites with something in their outbox. */
  unsent: readonly StoredIncident[];
  shard: string;
  /** The batch's sites, by name. */
  sites: ReadonlyMap<string, unknown>;
  /** Do more records wait in the shard? Then telling must not hold them up. */
  isBehind: boolean;
  /** Until calls are given up, ms. */
  remainingMs: number;
  signal: AbortSignal | undefined;
}

export interface Told {
  /** Messages that the topic took. */
  sent: number;
  /** Messages that it did not take. */
  failed: number;
  /** Sites with an alert that it did not take, or that could not be marked. */
  failedSites: string[];
  /** Sites with an alert that waits for its turn, and for a repetition of the batch. */
  waitingSites: string[];
}

/** Of the time that remains; the rest is for publishing and marking. */
const PATIENCE_SHARE = 0.5;

export function createTeller(parts: TellerParts): (batch: ToTell) => Promise<Told> {
  const { rules, lake, store, publish, logger } = parts;
  /** Alerts that are published and could not be marked yet: a retry in this environment must not repeat them. */
  const published = new Set<string>();
  const passedOver = createPassedOver(store, logger);
  /** Digests that got no turn last time: they come first now. */
  let waiting: ReadonlySet<string> = new Set();

  return async (batch) => {
    const { shard, isBehind, signal } = batch;
    const items = [...batch.unsent];
    if (!isBehind) items.push(...(await passedOver.take(shard, batch.sites, signal)));
    const alerts = items
      .flatMap(({ outbox }) => outbox)
      .filter((alert) => !published.has(alert.notification_id))
      .toSorted((a, b) => (a.at < b.at ? -1 : 1));
    const groups = groupAlerts(alerts, rules, isBehind ? waiting : undefined);
    const { sent, failed } = await publishAll(
      messagesOf(groups),
      (message) => publish(message, signal),
      turnTaker(parts, batch),
    );
    for (const alert of sent.flatMap((message) => message.alerts)) published.add(alert.notification_id);
    const reasons = failed.map(({ message, error }) => [message.subject, error] as const);
    logFailures(logger, 'Messages not published', new Map(reasons));

    const refused = new Set(failed.flatMap(({ message }) => message.alerts));
    const left = alerts.filter((alert) => !published.has(alert.notification_id) && !refused.has(alert));
    if (left.length > 0) logger().info('Alerts wait for their turn', { alerts: left.length });
    waiting = new Set(left.map(digestKey));
    const leftSites = sitesOf(left);
    passedOver.remember(shard, leftSites);
    const unmarked = await markAll(items, signal);
    return {
      sent: sent.length,
      failed: failed.length,
      failedSites: [...sitesOf([...refused]), ...unmarked],
      waitingSites: isBehind ? [] : leftSites,
    };
  };

  function* messagesOf(groups: readonly Alert[][]) {
    for (const group of groups) yield* toMessages(group, rules, lake);
  }

  /** Step 4; returns the sites where it failed. */
  async function markAll(items: readonly StoredIncident[], signal?: AbortSignal) {
    const unmarked = new Map<string, unknown>();
    await forEachBounded(items, WRITES_AT_ONCE, async (item) => {
      try {
        await markSent(item, published, store, signal);
        for (const alert of item.outbox) published.delete(alert.notification_id);
      } catch (error) {
        unmarked.set(item.siteId, error);
      }
    });
    logFailures(logger, 'Alerts published, but not marked as sent: they may be repeated', unmarked);
    return unmarked.keys();
  }
}

const sitesOf = (alerts: readonly Alert[]) => alerts.map(({ site_id }) => site_id);

/** All turns of an invocation share its patience. */
function turnTaker({ turns, logger }: TellerParts, { isBehind, remainingMs, signal }: ToTell) {
  // Records that wait are more urgent: invocations follow each other then, and each takes the turns that are free.
  let patienceMs = isBehind ? 0 : Math.min(MAX_PATIENCE_MS, remainingMs * PATIENCE_SHARE);
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
