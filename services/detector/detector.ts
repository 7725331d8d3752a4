/**
 * One invocation: (1) fold the batch into the incidents, (2) write what changed, with its alerts marked unsent,
 * (3) publish what is unsent, (4) mark it sent. What a retry may cure goes back to Lambda as the record to start from;
 * what none can cure is set aside, and holds up nothing else.
 */
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { REASONS, type Verdict } from '../contract/advice.ts';
import type { Rule } from '../contract/rule.ts';
import { instantMs } from '../contract/time.ts';
import { type CompiledRule, compileRule, quietTest } from './compile.ts';
import { type Decoded, decodeRecords, type SiteBatch } from './decode.ts';
import type { Folded } from './fold.ts';
import { isFull } from './full-batch.ts';
import { groupBy } from './group.ts';
import { createListOpen } from './list-open.ts';
import { createMemory, planFor } from './memory.ts';
import type { ModelStore } from './model-store.ts';
import { createModels, type Models } from './models.ts';
import { createOutboxes, type Emptied, type OutboxParts } from './outboxes.ts';
import { forEachBounded } from './pool.ts';
import type { Refusals } from './refusals.ts';
import type { Report } from './report.ts';
import { keptReadings } from './set-aside.ts';
import { doTasks, type ProcessedSite, processSite, type SiteContext } from './site.ts';
import { modelTerms } from './site-model.ts';
import { silencesOf } from './site-news.ts';
import type { StaleAlerts } from './stale.ts';
import { itemKey, type StoredIncident } from './stored-incident.ts';
import { describeError, emitMetrics, logFailures, type Measures } from './telemetry.ts';

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

/** Sites that are read and folded at a time. */
const SITES_AT_ONCE = 8;
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

/** @param open how many incidents are open, by site */
type Empty = (
  unsent: readonly StoredIncident[],
  stale: readonly StaleAlerts[],
  open: ReadonlyMap<string, number>,
) => Promise<Emptied>;

interface Evaluated extends Pick<ProcessedSite, 'folded' | 'undoable'> {
  /** By site. */
  failures: Map<string, unknown>;
  /** By site: presence that the next batch must write. */
  lapses: Map<string, unknown>;
  /** By their messages. */
  unreadable: Map<string, unknown>;
  /** Sites with an alert that is not published, or not marked. */
  unsentSites: Set<string>;
  /** Sites with an alert that got no turn. */
  waitingSites: string[];
  /** Messages that the topic did not take. */
  refused: number;
  /** Alerts that it will never take. */
  alertsSetAside: number;
}

/**
 * Steps 1 to 4, again for the observations that found no room in an outbox, until nothing is left.
 */
async function evaluate(decoded: Decoded, context: SiteContext, empty: Empty): Promise<Evaluated> {
  const all: Evaluated = {
    folded: [],
    undoable: [],
    failures: new Map(),
    lapses: new Map(),
    unreadable: new Map(),
    unsentSites: new Set(),
    waitingSites: [],
    refused: 0,
    alertsSetAside: 0,
  };
  const open = new Map<string, number>();
  let work = [...decoded.sites.values()].map((site) => ({
    siteId: site.siteId,
    run: () => processSite(site, context),
  }));
  while (work.length > 0) {
    const folded: Folded[] = [];
    const unsent: StoredIncident[] = [];
    const stale: StaleAlerts[] = [];
    await forEachBounded(work, SITES_AT_ONCE, async ({ siteId, run }) => {
      try {
        const site = await run();
        folded.push(...site.folded);
        unsent.push(...site.unsent);
        if (site.stale) stale.push(site.stale);
        if (site.open !== undefined) open.set(siteId, site.open);
        all.undoable.push(...site.undoable);
        for (const error of site.unreadable) all.unreadable.set(error.message, error);
        if (site.failure) all.failures.set(siteId, site.failure.error);
        if (site.lapse !== undefined) all.lapses.set(siteId, site.lapse);
      } catch (error) {
        all.failures.set(siteId, error);
      }
    });
    const { failedSites, waitingSites, items, refused, setAside } = await empty(unsent, stale, open);
    for (const siteId of failedSites) all.unsentSites.add(siteId);
    all.waitingSites.push(...waitingSites);
    all.folded.push(...folded);
    // Its readings cannot be folded before its outbox is empty.
    for (const { rest, stored } of folded) {
      if (rest.length > 0 && waitingSites.includes(stored.siteId)) all.unsentSites.add(stored.siteId);
    }
    all.refused += refused;
    all.alertsSetAside += setAside;
    const waiting = folded.filter(
      ({ rest, stored }) =>
        rest.length > 0 && !all.failures.has(stored.siteId) && !all.unsentSites.has(stored.siteId),
    );
    work = groupBy(waiting, ({ stored }) => stored.siteId).map(([siteId, of]) => ({
      siteId,
      run: () => {
        const tasks = of.map(({ rule, rest, stored }) => ({
          before: items.get(itemKey(stored)) ?? stored,
          observations: rest,
          rule,
        }));
        return doTasks(tasks, [], context);
      },
    }));
  }
  return all;
}

/** Undefined where the batch has no reading of the site. */
const newestMs = (site: SiteBatch | undefined): number | undefined =>
  site?.readings.reduce((newest, { timestamp }) => Math.max(newest, instantMs(timestamp)), 0);

/** Each reading once, however many rules look at it. */
function addUneventful(refusals: Refusals, folded: readonly Folded[]): void {
  const told = new Set<unknown>();
  const add = (verdict: Verdict, reason: string, observations: Folded['late']) => {
    for (const { reading, position } of observations) {
      if (told.has(reading)) continue;
      told.add(reading);
      refusals.add(verdict, reading, reason, { sequence: position.sequence, line: position.line + 1 });
    }
  };
  for (const { late } of folded) add('late', REASONS.late, late);
  for (const { setBack } of folded) add('set-back', REASONS.setBack, setBack);
}

function measure(decoded: Decoded, done: Evaluated): Omit<Measures, 'BatchAge'> {
  const { folded, undoable } = done;
  const transitions = folded.flatMap((one) => one.transitions);
  const distinct = (observations: Folded['late']) => new Set(observations.map(({ reading }) => reading)).size;
  const { malformed, foreign, skewed } = decoded;
  const late = distinct(folded.flatMap((one) => [...one.late, ...one.replayed]));
  return {
    Readings: decoded.valid,
    MalformedLines: malformed,
    ForeignReadings: foreign,
    SkewedReadings: skewed,
    LateReadings: late,
    NotEvaluated: malformed + foreign + skewed + late,
    ClockSetBack: distinct(folded.flatMap(({ setBack }) => setBack)),
    ReadingsSetAside: distinct(undoable.flatMap(({ task }) => [...task.observations])) + done.alertsSetAside,
    IncidentsOpened: transitions.filter(({ status }) => status === 'firing').length,
    IncidentsResolved: transitions.filter(({ status }) => status === 'resolved').length,
    NotificationFailures: done.refused,
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

function batchAgeMs([oldest]: readonly KinesisStreamRecord[], nowMs: number): number {
  return oldest ? Math.max(0, Math.round(nowMs - oldest.kinesis.approximateArrivalTimestamp * 1000)) : 0;
}
