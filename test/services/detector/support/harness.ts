/** The whole detector on in-memory AWS. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Alert } from '../../../../services/contract/alert.ts';
import { alertSchema } from '../../../../services/contract/alert.ts';
import type { Refusal } from '../../../../services/contract/refusal.ts';
import { parseRules, type Rule } from '../../../../services/contract/rule.ts';
import { createDetector, type Detector, type DetectorParts } from '../../../../services/detector/detector.ts';
import { createIncidentStore } from '../../../../services/detector/incident-store.ts';
import { createKnownSilences } from '../../../../services/detector/known-silences.ts';
import { createPublisher } from '../../../../services/detector/notify.ts';
import { createRecord } from '../../../../services/detector/record.ts';
import type { KeptObject } from '../../../../services/detector/set-aside.ts';
import type { Turns } from '../../../../services/detector/turns.ts';
import { createWaitingSites } from '../../../../services/detector/waiting-sites.ts';
import { clock } from './batch.ts';
import { type FakeAws, fakeAws } from './fake-aws.ts';

export const ALERT_TOPIC = 'arn:aws:sns:us-east-1:123456789012:alerts';
export const SILENCED_TOPIC = 'arn:aws:sns:us-east-1:123456789012:silenced';
/** Records in a full batch. */
export const BATCH_SIZE = 10;
export const LAKE = { database: 'streamwatch', readingsTable: 'readings' };
export const POINTERS = {
  lake: LAKE,
  whereabouts: {
    ...{ stack: 'Streamwatch', region: 'eu-central-1', workGroup: 'team' },
    ...{ dashboard: 'Streamwatch-eu-central-1', page: undefined, localFlags: '--local' },
  },
};

/** Rules from their differences to a default: temperature above 80, well again below 75. */
export const rules = (...changes: Record<string, unknown>[]): Rule[] =>
  parseRules({
    rules: changes.map((change) => ({
      name: 'hot',
      metric: 'temperature',
      operator: '>',
      threshold: 80,
      recoveryThreshold: 75,
      severity: [{ severity: 'warning' }],
      // Tests on a day in the past are not about old news, unless they say so.
      notifyWithin: '36500d',
      ...change,
    })),
  });

export interface Harness {
  detector: Detector;
  aws: FakeAws;
  logs: Record<string, unknown>[];
  /** Values of a metric, one per invocation that emitted it. */
  metric(name: string): number[];
  /** What was told of readings that were not evaluated. */
  reported: Refusal[];
  /** What telling it throws. */
  reportFault: Error | undefined;
  /** What was set aside. */
  kept: KeptObject[];
  /** What keeping it throws. */
  keepFault: Error | undefined;
  /** Wall clock, ms since the epoch. */
  nowMs: number;
}

/** A turn is always free. */
export const freeTurns: Turns = { take: async () => 0 };

/** Of a fleet whose metrics nobody reads: over thousands of batches, Powertools would take a fifth of the time. */
export const unreadMetrics = { addMetric() {}, publishStoredMetrics() {} } as unknown as Metrics;

/** @param metrics instead of those that {@link Harness.metric} reads */
export function harness(
  ofRules: Rule[] = rules({}),
  aws = fakeAws(),
  turns = freeTurns,
  models?: DetectorParts['models'],
  metrics?: Metrics,
): Harness {
  const logs: Record<string, unknown>[] = [];
  const emitted: Record<string, unknown>[] = [];
  const kept: KeptObject[] = [];
  const reported: Refusal[] = [];
  let ownLogger: Logger | undefined;
  const logger = () => {
    ownLogger ??= readLogger((entry) => logs.push(entry));
    return ownLogger;
  };
  const now = () => made.nowMs;
  const detector = createDetector({
    rules: ofRules,
    pointers: POINTERS,
    store: createIncidentStore(aws.dynamo, 'state', now),
    keep: async (object) => {
      if (made.keepFault) throw made.keepFault;
      kept.push(object);
    },
    report: async (refusals) => {
      if (made.reportFault) throw made.reportFault;
      reported.push(...refusals);
    },
    publish: createPublisher(() => aws.sns, ALERT_TOPIC),
    turns,
    ...(models && { models }),
    silences: createKnownSilences(aws.dynamo, 'state', { now, logger }),
    record: createRecord(() => aws.sns, SILENCED_TOPIC),
    waitingSites: createWaitingSites(aws.dynamo, 'state', now),
    batchSize: BATCH_SIZE,
    logger,
    metrics: metrics ?? readMetrics((entry) => emitted.push(entry)),
    now,
  });
  const metric = (name: string) => emitted.flatMap((entry) => (name in entry ? [Number(entry[name])] : []));
  const made: Harness = {
    detector,
    aws,
    logs,
    metric,
    kept,
    keepFault: undefined,
    reported,
    reportFault: undefined,
    nowMs: clock('12:00:00'),
  };
  return made;
}

function readLogger(take: (entry: Record<string, unknown>) => void): Logger {
  const log = (text: string) => take(JSON.parse(text) as Record<string, unknown>);
  const console = { info: log, warn: log, error: log, debug: log };
  return Object.assign(new Logger({ serviceName: 'detector' }), { console });
}

function readMetrics(take: (entry: Record<string, unknown>) => void): Metrics {
  const metrics = new Metrics({
    namespace: 'Test',
    serviceName: 'detector',
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const log = (text: string) => take(JSON.parse(text) as Record<string, unknown>);
  return Object.assign(metrics, { console: { log } });
}

/** The texts of a published message, by protocol. */
export function texts(input: { Message?: string | undefined }): {
  default: string;
  email: string;
  firehose: string;
} {
  return JSON.parse(input.Message ?? '{}');
}

/** What nobody was told, as the lake gets it. */
export const silenced = (aws: FakeAws): Alert[] =>
  aws.published
    .filter(({ TopicArn }) => TopicArn === SILENCED_TOPIC)
    .flatMap(({ Message = '' }) => Message.trimEnd().split('\n'))
    .map((row) => alertSchema.parse(JSON.parse(row)));

/** Every alert that was told, as the lake gets it. */
export function published(aws: FakeAws): Alert[] {
  const told = aws.published.filter(({ TopicArn }) => TopicArn !== SILENCED_TOPIC);
  return told.flatMap((input) =>
    texts(input)
      .firehose.trimEnd()
      .split('\n')
      .map((row) => alertSchema.parse(JSON.parse(row))),
  );
}
