/** Messages are published; what the topic never will take is kept in the failure bucket. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Alert } from '../contract/alert.ts';
import type { Keep } from './failure-bucket.ts';
import { isHopeless } from './hopeless.ts';
import { type Publish, publishAll } from './notify.ts';
import { keptAlerts } from './set-aside.ts';
import type { Message } from './sns-message.ts';
import { logFailures } from './telemetry.ts';

export interface PublishOrKeepParts {
  publish: Publish;
  /** Keeps what is set aside. */
  keep: Keep;
  logger: () => Logger;
  /** Wall clock, ms since the epoch. */
  now: () => number;
}

/** What became of some messages. */
export interface Outcome {
  /** Alerts that the topic took, and those that were set aside. */
  settled: Alert[];
  /** Alerts that are tried again. */
  refused: Alert[];
  /** Messages that the topic did not take. */
  failed: number;
  /** Alerts that were set aside. */
  setAside: number;
}

/** @param takeTurn resolves to false where the rest gets no turn now */
export async function publishOrKeep(
  parts: PublishOrKeepParts,
  messages: Iterable<Message>,
  takeTurn: () => Promise<boolean>,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { sent, failed } = await publishAll(messages, (message) => parts.publish(message, signal), takeTurn);
  const reasons = failed.map(({ message, error }) => [message.subject, error] as const);
  logFailures(parts.logger, 'Messages not published', new Map(reasons));
  if (sent.length > 0)
    parts.logger().info('Alerts published', { messages: sent.length, alerts: sent.flatMap(alertsOf).length });
  const kept = await setAside(parts, failed, signal);
  return {
    settled: [...sent, ...kept].flatMap(alertsOf),
    refused: failed.flatMap(({ message }) => (kept.includes(message) ? [] : message.alerts)),
    failed: failed.length,
    setAside: kept.flatMap(alertsOf).length,
  };
}

/** Returns the messages that were kept elsewhere, because the topic never will take them. */
async function setAside(
  { keep, logger, now }: PublishOrKeepParts,
  failed: readonly { message: Message; error: unknown }[],
  signal?: AbortSignal,
): Promise<Message[]> {
  const kept: Message[] = [];
  for (const { message, error } of failed) {
    if (!isHopeless(error)) continue;
    try {
      await keep(keptAlerts(message.alerts, error, now()), signal);
      kept.push(message);
    } catch (unkept) {
      logFailures(logger, 'Alerts not set aside', new Map([[message.subject, unkept]]));
    }
  }
  return kept;
}

const alertsOf = ({ alerts }: Message) => alerts;
