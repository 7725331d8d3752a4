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
import type { Publish } from './notify.ts';
import { forEachBounded } from './pool.ts';
import { processSite } from './site.ts';
import type { StoredIncident } from './stored-incident.ts';
import { emitMetrics, logFailures } from './telemetry.ts';
import { createTeller } from './tell.ts';
import type { Turns } from './turns.ts';

export interface DetectorParts {
  rules: readonly Rule[];
  /** Where the e-mails' queries look. */
  lake: Lake;
  store: IncidentStore;
  publish: Publish;
  turns: Turns;
  /** Records in a batch that the mapping has filled. */
  batchSize: number;
  logger: () => Logger;
  metrics: Metrics;
  /** Wall clock, ms since the epoch. */
  now: () => number;
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
/** Lambda's limit on the event of an invocation; a record takes its data and about so much more. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
const RECORD_BYTES = 400;
/** A batch of fewer records does not tell whether more are waiting. */
const MIN_FULL_RECORDS = 10;

export function createDetector(parts: DetectorParts): Detector {
  const { store, logger, now } = parts;
  const rules = parts.rules.map(compileRule);
  const isQuiet = quietTest(rules);
  const tell = createTeller({ ...parts, rules: new Map(rules.map((rule) => [rule.name, rule])) });

  return async ({ Records: records }, context) => {
    const startedMs = now();
    const remainingMs = () => Math.max(0, (context?.getRemainingTimeInMillis() ?? Infinity) - RESERVE_MS);
    const signal = context && AbortSignal.timeout(remainingMs());
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

    const told = await tell({
      unsent,
      shard: records[0]?.eventID.split(':', 1)[0] ?? '',
      sites: decoded.sites,
      isBehind: isFull(records, parts.batchSize),
      remainingMs: remainingMs(),
      signal,
    });

    const transitions = folded.flatMap((one) => one.transitions);
    if (told.sent > 0)
      logger().info('Alerts published', { messages: told.sent, transitions: transitions.length });
    emitMetrics(parts.metrics, {
      Readings: decoded.valid,
      MalformedLines: decoded.malformed,
      SkewedReadings: decoded.skewed,
      LateReadings: new Set(folded.flatMap((one) => one.late.map(({ reading }) => reading))).size,
      IncidentsOpened: transitions.filter(({ status }) => status === 'firing').length,
      IncidentsResolved: transitions.filter(({ status }) => status === 'resolved').length,
      NotificationFailures: told.failed,
      BatchAge: batchAgeMs(records, startedMs),
    });
    return firstToRepeat(records, decoded, [...failedSites.keys(), ...told.failedSites], told.waitingSites);
  };
}

/**
 * Lambda's answer: the first record of the first site that failed, from which all is repeated. Sites that went well
 * are repeated with it, which changes nothing in them. A site that only waits to be told needs but one of its records.
 */
function firstToRepeat(
  records: readonly KinesisStreamRecord[],
  { sites }: Decoded,
  failedSites: readonly string[],
  waitingSites: readonly string[],
): KinesisStreamBatchResponse {
  const indexes = [
    ...failedSites.map((siteId) => sites.get(siteId)?.firstRecord ?? 0),
    ...waitingSites.map((siteId) => sites.get(siteId)?.records.at(-1) ?? records.length - 1),
  ];
  const first = records[Math.min(...indexes)];
  // An empty list is success, and an identifier that is empty fails the whole batch.
  return { batchItemFailures: first ? [{ itemIdentifier: first.kinesis.sequenceNumber }] : [] };
}

/** Is the batch as large as the mapping makes them? Then more records wait behind it. */
function isFull(records: readonly KinesisStreamRecord[], batchSize: number): boolean {
  if (records.length >= Math.max(batchSize, MIN_FULL_RECORDS)) return true;
  const sizes = records.map(({ kinesis }) => kinesis.data.length + RECORD_BYTES);
  const another = sizes.reduce((largest, size) => Math.max(largest, size), 0);
  return sizes.reduce((sum, size) => sum + size, another) >= MAX_EVENT_BYTES;
}

function batchAgeMs([oldest]: readonly KinesisStreamRecord[], nowMs: number): number {
  return oldest ? Math.max(0, Math.round(nowMs - oldest.kinesis.approximateArrivalTimestamp * 1000)) : 0;
}
