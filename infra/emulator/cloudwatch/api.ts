/** Operations of the CloudWatch API. */
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { own } from '../base/own.ts';
import { SetupError } from '../base/setup-error.ts';
import type { Answer } from '../wire/any-protocol.ts';
import { AwsError } from '../wire/aws-error.ts';
import { page, unknownOperation } from '../wire/json-operation.ts';
import type { AlarmStatus, Alarms } from './alarms.ts';
import { byName, type Input } from './definition.ts';
import { evaluate, type Series } from './math/evaluate.ts';
import { idsIn, parseExpression } from './math/parse.ts';
import { statisticOf } from './statistic.ts';
import type { MetricStore } from './store.ts';

export const CLOUDWATCH_NAMESPACE = 'http://monitoring.amazonaws.com/doc/2010-08-01/';

interface ApiParts {
  store: MetricStore;
  alarms: Alarms;
  clock: Pick<Clock, 'now'>;
}

const PAGE = 500;
/** AWS' default, and the most. */
const ALARMS_A_PAGE = [50, 100] as const;
const MAX_POINTS = 100_800;
const DAY_MS = 86_400_000;

/** Seconds since the epoch in JSON and in CBOR's tag 1, ISO 8601 in a form. */
const time = z
  .union([z.number(), z.string(), z.object({ tag: z.literal(1), value: z.number() })])
  .transform((value) =>
    typeof value === 'string' ? Date.parse(value) : (typeof value === 'number' ? value : value.value) * 1000,
  )
  .refine(Number.isFinite, 'Expected a time');
const number = z.coerce.number();
const dimensions = z.array(z.object({ Name: z.string(), Value: z.string() })).default([]);
const period = z.coerce.number().int().min(60, 'Expected a period of 60 seconds or more').multipleOf(60);

const getMetricData = z.object({
  StartTime: time,
  EndTime: time,
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).default('TimestampDescending'),
  MetricDataQueries: z
    .array(
      z.object({
        Id: z.string().regex(/^[a-z]\w*$/),
        Label: z.string().optional(),
        Expression: z.string().optional(),
        Period: period.optional(),
        ReturnData: z.union([z.boolean(), z.stringbool()]).default(true),
        MetricStat: z
          .object({
            Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
            Period: period,
            Stat: z.string(),
          })
          .optional(),
      }),
    )
    .min(1)
    .max(500),
});
const putMetricData = z.object({
  Namespace: z.string().regex(/^(?!AWS\/)[^:]/, 'Expected a namespace that does not begin with AWS/'),
  MetricData: z.array(
    z.object({
      MetricName: z.string(),
      Dimensions: dimensions,
      Timestamp: time.optional(),
      Unit: z.string().default('None'),
      Value: number.optional(),
      Values: z.array(number).default([]),
      Counts: z.array(number).default([]),
    }),
  ),
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

type Operation = (input: unknown) => Answer;

export function cloudWatchOperations(parts: ApiParts): (name: string, input: unknown) => Answer {
  const operations: Record<string, Operation> = {
    DescribeAlarms: parsed(describeAlarms, (input) => describe(parts.alarms.list(), input)),
    GetMetricData: parsed(getMetricData, (input) => readMetrics(parts.store, input)),
    ListMetrics: parsed(listMetrics, (input) => list(parts.store, input)),
    PutMetricData: parsed(putMetricData, (input) => put(parts, input)),
    SetAlarmState: parsed(setAlarmState, ({ AlarmName, StateValue, StateReason }) => {
      parts.alarms.set(AlarmName, StateValue, StateReason);
      return {};
    }),
  };
  return (name, input) => {
    const operation = own(operations, name);
    if (!operation) throw unknownOperation('CloudWatch', Object.keys(operations), name, 'InvalidAction');
    try {
      return operation(input);
    } catch (error) {
      throw error instanceof SetupError ? new AwsError('ValidationError', error.message) : error;
    }
  };
}

const parsed =
  <T extends z.ZodType>(schema: T, act: (input: z.infer<T>) => Answer): Operation =>
  (input) => {
    const result = schema.safeParse(input ?? {});
    if (result.success) return act(result.data);
    const [issue] = result.error.issues;
    throw new AwsError('InvalidParameterValue', `${issue?.path.join('.') || 'request'}: ${issue?.message}`);
  };

function put(
  { store, clock }: ApiParts,
  { Namespace: namespace, MetricData }: z.infer<typeof putMetricData>,
): Answer {
  for (const { MetricName: name, Dimensions, Timestamp: atMs = clock.now(), ...datum } of MetricData) {
    const measured = { namespace, name, dimensions: byName(Dimensions), unit: datum.Unit, atMs };
    if (datum.Value !== undefined) store.add({ ...measured, value: datum.Value });
    for (const [i, value] of datum.Values.entries()) store.add({ ...measured, value }, datum.Counts[i] ?? 1);
  }
  return {};
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

function readMetrics(store: MetricStore, input: z.infer<typeof getMetricData>): Answer {
  const { MetricDataQueries: queries, StartTime, EndTime } = input;
  if (new Set(queries.map(({ Id }) => Id)).size < queries.length) {
    throw new AwsError('ValidationError', 'The values for parameter id in MetricDataQueries are not unique');
  }
  const queryOf = (id: string) => {
    const query = queries.find(({ Id }) => Id === id);
    if (!query) throw new AwsError('ValidationError', `No metric has the id ${id}`);
    return query;
  };
  /** Of an expression, the longest of what it reads. */
  const periodOf = (id: string): number => {
    const { MetricStat, Expression, Period } = queryOf(id);
    if (MetricStat) return MetricStat.Period;
    return Period ?? Math.max(60, ...[...idsIn(parseExpression(Expression ?? ''))].map(periodOf));
  };
  const placesOf = (seconds: number) => {
    const stepMs = seconds * 1000;
    const firstMs = Math.floor(StartTime / stepMs) * stepMs;
    const count = Math.ceil((EndTime - firstMs) / stepMs);
    if (count >= 1 && count <= MAX_POINTS) return { stepMs, firstMs, count };
    const expected = `Expected 1 to ${MAX_POINTS} periods from StartTime to EndTime, got ${count}`;
    throw new AwsError('ValidationError', expected);
  };
  const seriesOf = (id: string, seconds: number): Series => {
    const { MetricStat, Expression } = queryOf(id);
    const { stepMs, firstMs, count } = placesOf(seconds);
    if (MetricStat) {
      const { Metric, Stat } = MetricStat;
      const { Namespace: namespace, MetricName: name } = Metric;
      const metric = { namespace, name, dimensions: byName(Metric.Dimensions) };
      const one: Input = { metric, statistic: statisticOf(Stat) };
      return Array.from({ length: count }, (_, i) => {
        const fromMs = firstMs + i * stepMs;
        return store.read(one, fromMs, fromMs + stepMs);
      });
    }
    if (Expression === undefined) throw new AwsError('ValidationError', `No metric has the id ${id}`);
    const read = (other: string) => seriesOf(other, seconds);
    const value = evaluate(parseExpression(Expression), read, { fillsEmpty: false });
    return typeof value === 'number' ? Array.from({ length: count }, () => value) : value;
  };
  const newestFirst = input.ScanBy === 'TimestampDescending';
  const MetricDataResults = queries
    .filter(({ ReturnData }) => ReturnData)
    .map(({ Id, Label, MetricStat }) => {
      const seconds = periodOf(Id);
      const { stepMs, firstMs } = placesOf(seconds);
      const points = seriesOf(Id, seconds).flatMap((value, i) =>
        value === undefined ? [] : [{ at: new Date(firstMs + i * stepMs), value }],
      );
      if (newestFirst) points.reverse();
      return {
        ...{ Id, Label: Label ?? MetricStat?.Metric.MetricName ?? Id, StatusCode: 'Complete' },
        Timestamps: points.map(({ at }) => at),
        Values: points.map(({ value }) => value),
      };
    });
  return { MetricDataResults, Messages: [] };
}

function describe(all: AlarmStatus[], input: z.infer<typeof describeAlarms>): Answer {
  const { AlarmNames, AlarmNamePrefix = '', StateValue } = input;
  const found = all.filter(
    ({ alarm, state }) =>
      (!AlarmNames || AlarmNames.includes(alarm.name)) &&
      alarm.name.startsWith(AlarmNamePrefix) &&
      (!StateValue || state === StateValue),
  );
  const { items, next } = page('DescribeAlarms', found, input.MaxRecords, input.NextToken);
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
