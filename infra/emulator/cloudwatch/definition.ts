/** An alarm as the template defines it: `AWS::CloudWatch::Alarm` on a metric, or on metric math. */
import { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { flag } from '../stack/properties.ts';
import { type Expression, idsIn, parseExpression } from './math/parse.ts';
import { type MetricId, metricKey } from './metric.ts';
import { COMPARISONS, type Comparison, type Condition } from './state.ts';
import { type Statistic, statisticOf } from './statistic.ts';
import { dimensions } from './values.ts';

const whole = z.coerce.number().int().positive();
const actions = z.array(z.string()).default([]);
const metricStat = z.object({
  Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
  Period: whole,
  Stat: z.string(),
});
const query = z.object({
  Id: z.string(),
  Expression: z.string().optional(),
  MetricStat: metricStat.optional(),
  Label: z.string().optional(),
  Period: whole.optional(),
  ReturnData: flag.default(true),
});

export const alarmProperties = z.object({
  AlarmDescription: z.string().optional(),
  ActionsEnabled: flag.default(true),
  AlarmActions: actions,
  OKActions: actions,
  InsufficientDataActions: actions,
  ComparisonOperator: z.enum(Object.keys(COMPARISONS) as [Comparison, ...Comparison[]]),
  Threshold: z.coerce.number(),
  EvaluationPeriods: whole,
  DatapointsToAlarm: whole.optional(),
  TreatMissingData: z.enum(['missing', 'ignore', 'breaching', 'notBreaching']).default('missing'),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: dimensions,
  Period: whole.optional(),
  Statistic: z.string().optional(),
  ExtendedStatistic: z.string().optional(),
  Metrics: z.array(query).optional(),
});
export type AlarmProperties = z.infer<typeof alarmProperties>;

/** A metric that an alarm reads. */
export interface Input {
  metric: MetricId;
  statistic: Statistic;
}

export interface Alarm extends Condition {
  name: string;
  arn: string;
  periodSeconds: number;
  /** By the id that expressions use. */
  inputs: ReadonlyMap<string, Input>;
  /** Expressions by their ids; what is not here is an input. */
  expressions: ReadonlyMap<string, Expression>;
  /** The id whose series is compared with the threshold. */
  result: string;
  /** As the template has them, for descriptions and messages. */
  properties: AlarmProperties;
}

const THE_METRIC = 'm';

/** @throws SetupError for what is not evaluated here */
export function parseAlarm({ ref: name, arn, properties: given }: StackResource): Alarm {
  const properties = alarmProperties.parse(given);
  const { inputs, expressions, result, periodSeconds } = properties.Metrics
    ? ofMath(name, properties.Metrics)
    : ofMetric(name, properties);
  const ofDynamoDb = [...inputs.values()].some(({ metric }) => metric.namespace === 'AWS/DynamoDB');
  return {
    ...{ name, arn, properties, inputs, expressions, result, periodSeconds },
    comparison: properties.ComparisonOperator,
    threshold: properties.Threshold,
    evaluationPeriods: properties.EvaluationPeriods,
    datapointsToAlarm: properties.DatapointsToAlarm ?? properties.EvaluationPeriods,
    // "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data" (PutMetricAlarm).
    treatMissingData: ofDynamoDb ? 'ignore' : properties.TreatMissingData,
  };
}

type Parts = Pick<Alarm, 'inputs' | 'expressions' | 'result' | 'periodSeconds'>;

function ofMetric(name: string, properties: AlarmProperties): Parts {
  const { Namespace: namespace, MetricName: metricName, Period: periodSeconds, Dimensions } = properties;
  const stat = properties.ExtendedStatistic ?? properties.Statistic;
  if (namespace === undefined || metricName === undefined || !periodSeconds || stat === undefined) {
    throw new SetupError(
      `Alarm ${name}: expected Metrics, or Namespace, MetricName, Period and a statistic. Nothing else is evaluated here.`,
    );
  }
  const metric = { namespace, name: metricName, dimensions: byName(Dimensions) };
  const inputs = new Map([[THE_METRIC, { metric, statistic: statisticOf(stat) }]]);
  return { inputs, expressions: new Map(), result: THE_METRIC, periodSeconds };
}

function ofMath(name: string, queries: NonNullable<AlarmProperties['Metrics']>): Parts {
  const inputs = new Map<string, Input>();
  const expressions = new Map<string, Expression>();
  const periods = new Set<number>();
  for (const { Id, Expression: text, MetricStat } of queries) {
    if (MetricStat) {
      const { Namespace: namespace, MetricName, Dimensions } = MetricStat.Metric;
      const metric = { namespace, name: MetricName, dimensions: byName(Dimensions) };
      inputs.set(Id, { metric, statistic: statisticOf(MetricStat.Stat) });
      periods.add(MetricStat.Period);
    } else expressions.set(Id, parseExpression(text ?? ''));
  }
  const [periodSeconds, ...others] = periods;
  const returned = queries.filter(({ ReturnData }) => ReturnData);
  const [result] = returned;
  if (!result || returned.length > 1 || !periodSeconds || others.length > 0) {
    throw new SetupError(
      `Alarm ${name}: expected one expression that returns data, and one period for all metrics`,
    );
  }
  for (const id of [...expressions.values()].flatMap(idsIn)) {
    if (!inputs.has(id) && !expressions.has(id))
      throw new SetupError(`Alarm ${name}: no metric has the id ${id}`);
  }
  return { inputs, expressions, result: result.Id, periodSeconds };
}

export const byName = (list: z.infer<typeof dimensions>): Record<string, string> =>
  Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));

/** The metrics that an alarm reads, each once. */
export const metricsOf = ({ inputs }: Alarm): MetricId[] => [
  ...new Map([...inputs.values()].map(({ metric }) => [metricKey(metric), metric])).values(),
];
