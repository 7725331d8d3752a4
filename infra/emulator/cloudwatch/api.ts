/** Operations of the CloudWatch API. */
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Answer } from '../wire/any-protocol.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type JsonApi, operation, page } from '../wire/json-operation.ts';
import type { AlarmStatus, Alarms } from './alarms.ts';
import { byName } from './definition.ts';
import { getMetricData, readMetrics } from './get-metric-data.ts';
import { AHEAD_MINUTES, type MetricStore } from './store.ts';
import { dimensions, time } from './values.ts';

export const CLOUDWATCH_NAMESPACE = 'http://monitoring.amazonaws.com/doc/2010-08-01/';

interface ApiParts {
  store: MetricStore;
  alarms: Alarms;
  clock: Pick<Clock, 'now'>;
}

const PAGE = 500;
/** AWS' default, and the most. */
const ALARMS_A_PAGE = [50, 100] as const;
const DAY_MS = 86_400_000;
/** How old a data point may be. */
const MOST_DAYS = 14;

const number = z.coerce.number();

const datum = z
  .object({
    MetricName: z.string(),
    Dimensions: dimensions,
    Timestamp: time.optional(),
    Unit: z.string().default('None'),
    Value: number.optional(),
    Values: z.array(number).default([]),
    Counts: z.array(number).default([]),
    StatisticValues: z
      .object({ SampleCount: number.positive(), Sum: number, Minimum: number, Maximum: number })
      .optional(),
  })
  .refine(
    ({ Value, Values, StatisticValues }) =>
      [Value, Values[0], StatisticValues].filter((one) => one !== undefined).length === 1,
    'Expected one of Value, Values and StatisticValues',
  )
  .refine(
    ({ Values, Counts }) => Counts.length === 0 || Counts.length === Values.length,
    'Expected as many Counts as Values',
  );
const putMetricData = z.object({
  Namespace: z.string().regex(/^(?!AWS\/)[^:]/, 'Expected a namespace that does not begin with AWS/'),
  MetricData: z.array(datum),
});
const listMetrics = z.object({
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string().optional() })).default([]),
  NextToken: z.string().optional(),
});
const describeAlarms = z.object({
  AlarmNames: z.array(z.string()).optional(),
  AlarmNamePrefix: z.string().optional(),
  StateValue: z.string().optional(),
  MaxRecords: number.int().min(1).max(ALARMS_A_PAGE[1]).default(ALARMS_A_PAGE[0]),
  NextToken: z.string().optional(),
});
const setAlarmState = z.object({
  AlarmName: z.string(),
  StateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  StateReason: z.string(),
});

export const cloudWatchApi = ({ store, alarms, clock }: ApiParts): JsonApi<Answer> => ({
  title: 'CloudWatch',
  operations: {
    DescribeAlarms: operation(describeAlarms, (input) => describe(alarms.list(), input)),
    GetMetricData: operation(getMetricData, (input) => readMetrics(store, input)),
    ListMetrics: operation(listMetrics, (input) => list(store, input)),
    PutMetricData: operation(putMetricData, (input) => put(store, input, clock.now())),
    SetAlarmState: operation(setAlarmState, ({ AlarmName, StateValue, StateReason }) => {
      alarms.set(AlarmName, StateValue, StateReason);
      return {};
    }),
  },
  errors: { invalid: 'InvalidParameterValue', unknown: 'InvalidAction' },
});

function put(
  store: MetricStore,
  { Namespace: namespace, MetricData }: z.infer<typeof putMetricData>,
  nowMs: number,
): Answer {
  for (const { Timestamp } of MetricData) checkTime(Timestamp, nowMs);
  for (const { MetricName: name, Dimensions, Timestamp: atMs = nowMs, ...datum } of MetricData) {
    const measured = { namespace, name, dimensions: byName(Dimensions), unit: datum.Unit, atMs };
    if (datum.Value !== undefined) store.add({ ...measured, value: datum.Value });
    for (const [i, value] of datum.Values.entries()) store.add({ ...measured, value }, datum.Counts[i] ?? 1);
    if (datum.StatisticValues) {
      const { SampleCount: count, Sum: sum, Minimum: min, Maximum: max } = datum.StatisticValues;
      store.addSet(measured, { count, sum, min, max });
    }
  }
  return {};
}

/** "Time stamps must be within two weeks in the past and up to two hours into the future" (user guide). */
function checkTime(atMs: number | undefined, nowMs: number): void {
  const [first, last] = [nowMs - MOST_DAYS * DAY_MS, nowMs + AHEAD_MINUTES * 60_000];
  if (atMs === undefined || (atMs >= first && atMs <= last)) return;
  const expected = `a Timestamp from ${MOST_DAYS} days ago to ${AHEAD_MINUTES / 60} hours ahead`;
  throw new AwsError('InvalidParameterValue', `Expected ${expected}, got ${new Date(atMs).toISOString()}`);
}

function list(
  store: MetricStore,
  { Namespace, MetricName, Dimensions, NextToken }: z.infer<typeof listMetrics>,
): Answer {
  const found = store
    .metrics()
    .map(({ metric }) => metric)
    .filter(({ namespace, name, dimensions: all }) => {
      const fits = Dimensions.every(
        ({ Name, Value }) => Name in all && (Value === undefined || all[Name] === Value),
      );
      return (!Namespace || namespace === Namespace) && (!MetricName || name === MetricName) && fits;
    });
  const { items, next } = page('ListMetrics', found, PAGE, NextToken);
  const Metrics = items.map(({ namespace, name, dimensions: all }) => ({
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(all).map(([Name, Value]) => ({ Name, Value })),
  }));
  return { Metrics, NextToken: next };
}

function describe(all: AlarmStatus[], input: z.infer<typeof describeAlarms>): Answer {
  const { AlarmNames, AlarmNamePrefix = '', StateValue } = input;
  const found = all.filter(
    ({ alarm, state }) =>
      (!AlarmNames || AlarmNames.includes(alarm.name)) &&
      alarm.name.startsWith(AlarmNamePrefix) &&
      (!StateValue || state === StateValue),
  );
  const { items, next } = page(
    'DescribeAlarms',
    found,
    input.MaxRecords,
    input.NextToken,
    'InvalidNextToken',
  );
  return { MetricAlarms: items.map(described), CompositeAlarms: [], NextToken: next };
}

function described({ alarm, state, reason, sinceMs, startMs, recent }: AlarmStatus): Answer {
  const { properties, name, arn, datapointsToAlarm, periodSeconds } = alarm;
  const since = new Date(sinceMs);
  return {
    AlarmName: name,
    AlarmArn: arn,
    ...properties,
    DatapointsToAlarm: datapointsToAlarm,
    Period: properties.Metrics ? undefined : periodSeconds,
    Dimensions: properties.Metrics ? undefined : properties.Dimensions,
    StateValue: state,
    StateReason: reason,
    StateReasonData: JSON.stringify({
      ...{ version: '1.0', startDate: new Date(Math.min(startMs, DAY_MS * 1e6)).toISOString() },
      ...{ period: periodSeconds, recentDatapoints: recent.map(({ value }) => value) },
      threshold: properties.Threshold,
    }),
    StateUpdatedTimestamp: since,
    StateTransitionedTimestamp: since,
  };
}
