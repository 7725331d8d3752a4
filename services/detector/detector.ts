/**
 * One invocation: (1) fold the batch into the incidents, (2) write what changed, with its alerts marked unsent,
 * (3) publish what is unsent, (4) mark it sent. Whatever fails goes back to Lambda as the record to start from.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { Rule } from '../contract/rule.ts';
import { compileRule, quietTest } from './compile.ts';
import { type Decoded, decodeRecords } from './decode.ts';
import type { Folded } from './fold.ts';
import type { Lake } from './history-query.ts';
import type { IncidentStore } from './incident-store.ts';
import { planMessages } from './message.ts';
import { type Publish, publishAll } from './notify.ts';
import { forEachBounded } from './pool.ts';
import { markSent, processSite, WRITES_AT_ONCE } from './site.ts';
import type { StoredIncident } from './stored-incident.ts';
import { emitMetrics, logFailures } from './telemetry.ts';

export interface DetectorParts {
  rules: readonly Rule[];
  /** Where the e-mails' queries look. */
  lake: Lake;
  store: IncidentStore;
  publish: Publish;
  logger: () => Logger;
  metrics: Metrics;
  /** Wall clock, ms since the epoch. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** The part of Lambda's context that matters here. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

export type Detector = (
  event: KinesisStreamEvent,
  context?: InvocationContext,
) => Promise<KinesisStreamBatchResponse>;

/** Sites that are read and folded at a time. */
const SITES_AT_ONCE = 8;
/** Calls are given up this long before the function's time is, so that the failure can still be reported. */
const RESERVE_MS = 1000;

export function createDetector(parts: DetectorParts): Detector {
  const { store, logger, now } = parts;
  const rules = parts.rules.map(compileRule);
  const rulesByName = new Map(rules.map((rule) => [rule.name, rule]));
  const isQuiet = quietTest(rules);
  /** Notifications that are published and could not be marked yet: a retry in this environment must not repeat them. */
  const published = new Set<string>();

  return async ({ Records: records }, context) => {
    const startedMs = now();
    const signal =
      context && AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - RESERVE_MS));
    const decoded = decodeRecords(records, isQuiet);
    if (decoded.problems.length > 0) {
      const { malformed, skewed, problems } = decoded;
      logger().warn('Lines not evaluated', { malformed, skewed, first: problems });
    }

    const failedSites = new Map<string, unknown>();
    const folded: Folded[] = [];
    const unsent: StoredIncident[] = [];
    await forEachBounded([...decoded.sites.values()], SITES_AT_ONCE, async (site) => {
      try {
        const done = await processSite(site, { records, rules, store, now, signal });
        folded.push(...done.folded);
        unsent.push(...done.unsent);
        if (done.failure) failedSites.set(site.siteId, done.failure.error);
      } catch (error) {
        failedSites.set(site.siteId, error);
      }
    });
    logFailures(logger, 'Sites not processed', failedSites);

    const { sent, failed } = await publishUnsent(unsent, signal);
    const rejectedSites = failed.flatMap((message) => message.alerts.map((alert) => alert.site_id));
    const unmarkedSites = await markAll(unsent, signal);

    const transitions = folded.flatMap((one) => one.transitions);
    if (sent.length > 0)
      logger().info('Alerts published', { messages: sent.length, transitions: transitions.length });
    emitMetrics(parts.metrics, {
      Readings: decoded.valid,
      MalformedLines: decoded.malformed,
      SkewedReadings: decoded.skewed,
      LateReadings: new Set(folded.flatMap((one) => one.late.map(({ reading }) => reading))).size,
      IncidentsOpened: transitions.filter(({ status }) => status === 'firing').length,
      IncidentsResolved: transitions.filter(({ status }) => status === 'resolved').length,
      NotificationFailures: failed.length,
      BatchAge: batchAgeMs(records, startedMs),
    });
    return firstToRepeat(records, decoded, [...failedSites.keys(), ...rejectedSites, ...unmarkedSites]);
  };

  /** Step 3. */
  async function publishUnsent(unsent: readonly StoredIncident[], signal?: AbortSignal) {
    const alerts = unsent
      .flatMap(({ outbox }) => outbox)
      .filter((alert) => !published.has(alert.notification_id))
      .toSorted((a, b) => (a.at < b.at ? -1 : 1));
    const messages = planMessages(alerts, rulesByName, parts.lake);
    const { sent, failed } = await publishAll(
      messages,
      (message) => parts.publish(message, signal),
      parts.sleep,
    );
    for (const alert of sent.flatMap((message) => message.alerts)) published.add(alert.notification_id);
    const reasons = failed.map(({ message, error }) => [message.subject, error] as const);
    logFailures(logger, 'Messages not published', new Map(reasons));
    return { sent, failed: failed.map(({ message }) => message) };
  }

  /** Step 4; returns the sites where it failed. */
  async function markAll(unsent: readonly StoredIncident[], signal?: AbortSignal) {
    const unmarked = new Map<string, unknown>();
    await forEachBounded(unsent, WRITES_AT_ONCE, async (item) => {
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

/**
 * Lambda's answer: the first record of the first site that failed, from which all is repeated. Sites that went well
 * are repeated with it, which changes nothing in them.
 */
function firstToRepeat(
  records: readonly KinesisStreamRecord[],
  { sites }: Decoded,
  failedSites: readonly string[],
): KinesisStreamBatchResponse {
  const indexes = failedSites.map((siteId) => sites.get(siteId)?.firstRecord ?? 0);
  const first = records[Math.min(...indexes)];
  // An empty list is success, and an identifier that is empty fails the whole batch.
  return { batchItemFailures: first ? [{ itemIdentifier: first.kinesis.sequenceNumber }] : [] };
}

function batchAgeMs([oldest]: readonly KinesisStreamRecord[], nowMs: number): number {
  return oldest ? Math.max(0, Math.round(nowMs - oldest.kinesis.approximateArrivalTimestamp * 1000)) : 0;
}
