/**
 * One invocation: (1) fold the batch into the incidents, (2) write what changed, with its alerts marked unsent,
 * (3) publish what is unsent, (4) mark it sent. What a retry may cure goes back to Lambda as the record to start from;
 * what none can cure is set aside, and holds up nothing else.
 */
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { Rule } from '../contract/rule.ts';
import { instantMs } from '../contract/time.ts';
import { addUneventful, measure } from './account.ts';
import { firstToRepeat } from './answer.ts';
import { type CompiledRule, compileRule, quietTest } from './compile.ts';
import { decodeRecords, type SiteBatch } from './decode.ts';
import { type Empty, type Evaluated, evaluate } from './evaluate.ts';
import { isFull } from './full-batch.ts';
import { createListOpen } from './list-open.ts';
import { createMemory, planFor } from './memory.ts';
import type { ModelStore } from './model-store.ts';
import { createModels, type Models } from './models.ts';
import { createOutboxes, type OutboxParts } from './outboxes.ts';
import type { Refusals } from './refusals.ts';
import type { Report } from './report.ts';
import { keptReadings } from './set-aside.ts';
import { modelTerms } from './site-model.ts';
import { silencesOf } from './site-news.ts';
import { itemKey } from './stored-incident.ts';
import { describeError, emitMetrics, logFailures } from './telemetry.ts';

export interface DetectorParts extends OutboxParts {
  rules: readonly Rule[];
  metrics: Metrics;
  /** Tells what was not evaluated; without it, only log and health metrics do. */
  report?: Report;
  /** Where it is kept what is usual, and how often it is looked at. Without it, rules about the unusual rest. */
  models?: { store: ModelStore; periodMs: number };
  /** Records in a full batch: the mapping's setting. */
  batchSize: number;
}

/** The part of Lambda's context that matters here. */
export interface InvocationContext {
  awsRequestId?: string;
  getRemainingTimeInMillis(): number;
}

export type Detector = (
  event: KinesisStreamEvent,
  context?: InvocationContext,
) => Promise<KinesisStreamBatchResponse>;

/** Calls are given up this long before the function's time is, so that the failure can still be reported. */
const RESERVE_MS = 1000;

export function createDetector(parts: DetectorParts): Detector {
  const { store, logger, now } = parts;
  const rules = parts.rules.map(compileRule);
  const isQuiet = quietTest(rules);
  const outboxes = createOutboxes(parts, rules);
  const plan = planFor(rules);
  const memory = plan && createMemory(plan);
  const silences = plan?.silence ? silencesOf(rules) : undefined;
  const models = modelsFor(rules, parts.models);
  const listOpen = createListOpen(parts.waitingSites, rules);

  return async ({ Records: records }, context) => {
    const startedMs = now();
    const remainingMs = () => Math.max(0, (context?.getRemainingTimeInMillis() ?? Infinity) - RESERVE_MS);
    const signal = context && AbortSignal.timeout(remainingMs());
    const decoded = decodeRecords(records, isQuiet, memory);
    if (decoded.problems.length > 0) {
      const { malformed, foreign, skewed, problems } = decoded;
      logger().warn('Lines not evaluated', { malformed, foreign, skewed, first: problems });
    }

    const telling = {
      ...{ sites: decoded.sites, isBehind: isFull(records, parts.batchSize), remainingMs, signal },
      shard: records[0]?.eventID.split(':', 1)[0] ?? '',
      newestMs: (siteId: string) => newestMs(decoded.sites.get(siteId)),
    };
    const empty: Empty = (unsent, stale, open) =>
      outboxes.empty(unsent, { ...telling, openAt: (site) => open.get(site) }, stale);
    const done = await evaluate(
      decoded,
      { records, rules, silences, store, models, listOpen, now, signal },
      empty,
    );
    logFailures(logger, 'State items not readable, and left alone', done.unreadable);
    logFailures(logger, 'Sites not processed', done.failures);
    logFailures(logger, 'Presence, model or reminders of sites not kept', done.lapses);
    const unkept = await setAside(done, records, context?.awsRequestId ?? '', signal);
    await report(decoded.refusals, done, signal);
    emitMetrics(parts.metrics, { ...measure(decoded, done), BatchAge: batchAgeMs(records, startedMs) });
    const failed = [...done.failures.keys(), ...done.unsentSites, ...unkept];
    return firstToRepeat(records, decoded, failed, telling.isBehind ? [] : done.waitingSites);
  };

  /** A report that fails is logged, and holds up nothing: the readings are counted, and their bytes are in the lake. */
  async function report(refusals: Refusals, { folded }: Evaluated, signal?: AbortSignal): Promise<void> {
    addUneventful(refusals, folded);
    const rows = refusals.rows(now());
    if (rows.length === 0) return;
    try {
      await parts.report?.(rows, signal);
    } catch (error) {
      logger().error('Refusals not reported', { error: describeError(error), first: rows.slice(0, 5) });
    }
  }

  /** Returns the sites whose readings could not be kept. */
  async function setAside(
    { undoable }: Evaluated,
    records: readonly KinesisStreamRecord[],
    requestId: string,
    signal?: AbortSignal,
  ): Promise<string[]> {
    const reasons = undoable.map(({ task, error }) => [itemKey(task.before), error] as const);
    logFailures(logger, 'Readings set aside', new Map(reasons));
    const unkept = new Map<string, unknown>();
    const withReadings = undoable.filter(({ task }) => task.observations.length > 0);
    for (const object of keptReadings(withReadings, records, requestId, now())) {
      try {
        await parts.keep(object, signal);
      } catch (error) {
        unkept.set(object.siteId, error);
      }
    }
    logFailures(logger, 'Readings not set aside', unkept);
    return [...unkept.keys()];
  }
}

function modelsFor(rules: readonly CompiledRule[], parts: DetectorParts['models']): Models | undefined {
  const terms = parts && modelTerms(rules, parts.periodMs);
  return parts && terms && createModels(parts.store, terms);
}

/** Undefined where the batch has no reading of the site. */
const newestMs = (site: SiteBatch | undefined): number | undefined =>
  site?.readings.reduce((newest, { timestamp }) => Math.max(newest, instantMs(timestamp)), 0);

function batchAgeMs([oldest]: readonly KinesisStreamRecord[], nowMs: number): number {
  return oldest ? Math.max(0, Math.round(nowMs - oldest.kinesis.approximateArrivalTimestamp * 1000)) : 0;
}
