/** Steps 3 and 4 of an invocation: publishes what is in the items' outboxes, and takes out what was published. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Alert } from '../contract/alert.ts';
import type { CompiledRule } from './compile.ts';
import type { Keep } from './failure-bucket.ts';
import type { Lake } from './history-query.ts';
import { isHopeless } from './hopeless.ts';
import type { IncidentStore } from './incident-store.ts';
import { type Message, planMessages } from './message.ts';
import { type Publish, publishAll } from './notify.ts';
import { forEachBounded } from './pool.ts';
import { keptAlerts } from './set-aside.ts';
import { markSent, WRITES_AT_ONCE } from './site.ts';
import { itemKey, type StoredIncident } from './stored-incident.ts';
import { logFailures } from './telemetry.ts';

export interface OutboxParts {
  /** Where the e-mails' queries look. */
  lake: Lake;
  store: IncidentStore;
  publish: Publish;
  /** Keeps what is set aside. */
  keep: Keep;
  logger: () => Logger;
  /** Wall clock, ms since the epoch. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

export interface Emptied {
  /** The items whose outbox was emptied, as they are now, by their keys. */
  items: Map<string, StoredIncident>;
  /** Sites with an alert that is not published, or not marked: they must be repeated. */
  failedSites: string[];
  /** Messages that the topic did not take. */
  refused: number;
  /** Alerts that it never will take. */
  setAside: number;
}

export interface Outboxes {
  empty(unsent: readonly StoredIncident[], signal?: AbortSignal): Promise<Emptied>;
}

export function createOutboxes(parts: OutboxParts, rules: readonly CompiledRule[]): Outboxes {
  const { store, logger } = parts;
  const rulesByName = new Map(rules.map((rule) => [rule.name, rule]));
  /** Notifications that are published and could not be marked yet: a retry in this environment must not repeat them. */
  const published = new Set<string>();

  return {
    async empty(unsent, signal) {
      const { sent, failed } = await publishUnsent(unsent, signal);
      const kept = await setAside(failed, signal);
      for (const { alerts } of [...sent, ...kept]) {
        for (const alert of alerts) published.add(alert.notification_id);
      }
      const waiting = failed.filter(({ message }) => !kept.includes(message));
      const { items, unmarked } = await markAll(unsent, signal);
      return {
        items,
        failedSites: [
          ...waiting.flatMap(({ message }) => message.alerts.map((alert) => alert.site_id)),
          ...unmarked,
        ],
        refused: failed.length,
        setAside: kept.reduce((sum, { alerts }) => sum + alerts.length, 0),
      };
    },
  };

  async function publishUnsent(unsent: readonly StoredIncident[], signal?: AbortSignal) {
    const alerts = inOrder(unsent).filter((alert) => !published.has(alert.notification_id));
    const messages = planMessages(alerts, rulesByName, parts.lake);
    const result = await publishAll(messages, (message) => parts.publish(message, signal), parts.sleep);
    const reasons = result.failed.map(({ message, error }) => [message.subject, error] as const);
    logFailures(logger, 'Messages not published', new Map(reasons));
    if (result.sent.length > 0)
      logger().info('Alerts published', { messages: result.sent.length, alerts: alerts.length });
    return result;
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
  async function markAll(unsent: readonly StoredIncident[], signal?: AbortSignal) {
    const items = new Map<string, StoredIncident>();
    const unmarked = new Map<string, unknown>();
    await forEachBounded(unsent, WRITES_AT_ONCE, async (item) => {
      try {
        items.set(itemKey(item), await markSent(item, published, store, signal));
        for (const alert of item.outbox) published.delete(alert.notification_id);
      } catch (error) {
        unmarked.set(item.siteId, error);
      }
    });
    logFailures(logger, 'Alerts published, but not marked as sent: they may be repeated', unmarked);
    return { items, unmarked: [...unmarked.keys()] };
  }
}

/** By time, but never against the order of an outbox: a clock that went back would end incidents before they begin. */
function inOrder(items: readonly StoredIncident[]): Alert[] {
  const placed = items.flatMap(({ outbox }) => {
    let latest = '';
    return outbox.map((alert) => {
      if (alert.at > latest) latest = alert.at;
      return { alert, latest };
    });
  });
  return placed.toSorted((a, b) => compareText(a.latest, b.latest)).map(({ alert }) => alert);
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
