/** What alarms measure, as queries for CloudWatch and as charts. Pure. */
import type { MetricAlarm, MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { AlarmState, ShownAlarm } from '../console/page-answers.ts';

/** GetMetricData takes no more. */
export const MOST_QUERIES = 500;
const COMPARISONS: Record<string, ShownAlarm['comparison']> = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '>=',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
};
const SEVERITY: readonly AlarmState[] = ['ALARM', 'INSUFFICIENT_DATA', 'OK'];

/** The queries of an alarm under ids of its own; of an alarm that is not about metrics, none. */
export function queriesOf(alarm: MetricAlarm, at: number): MetricDataQuery[] {
  const { Metrics, Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic } = alarm;
  const prefix = `a${at}_`;
  if (Metrics && Metrics.length > 0) return renamed(Metrics, prefix);
  if (!Namespace || !MetricName || !Period) return [];
  const Metric = { Namespace, MetricName, Dimensions };
  return [
    { Id: `${prefix}m`, MetricStat: { Metric, Period, Stat: Statistic ?? ExtendedStatistic ?? 'Average' } },
  ];
}

/** An id begins with a small letter, a function of metric math does not. */
function renamed(metrics: readonly MetricDataQuery[], prefix: string): MetricDataQuery[] {
  const ids = new Set(metrics.map(({ Id }) => Id));
  return metrics.map(({ AccountId: _, ...query }) => ({
    ...query,
    Id: `${prefix}${query.Id}`,
    ...(query.Expression !== undefined && {
      Expression: query.Expression.replace(/\b[a-z]\w*\b/g, (word) => (ids.has(word) ? prefix + word : word)),
    }),
  }));
}

/** How many metrics are billed: expressions are not. */
export const billedOf = (queries: readonly MetricDataQuery[]): number =>
  queries.filter(({ MetricStat }) => MetricStat !== undefined).length;

/** The worst first, then in the order of the stack's resources. @param logicalIds by the alarm's name */
export function shownAlarms(
  alarms: readonly MetricAlarm[],
  results: readonly MetricDataResult[],
  logicalIds: ReadonlyMap<string, string>,
): ShownAlarm[] {
  const order = [...logicalIds.keys()];
  const words = titles(logicalIds);
  return alarms
    .map((alarm, at) => shown(alarm, resultOf(results, at), words.get(alarm.AlarmName ?? '') ?? ''))
    .sort(
      (a, b) =>
        SEVERITY.indexOf(a.state) - SEVERITY.indexOf(b.state) ||
        order.indexOf(a.name) - order.indexOf(b.name),
    );
}

const resultOf = (results: readonly MetricDataResult[], at: number) =>
  results.find(({ Id }) => Id?.startsWith(`a${at}_`));

function shown(alarm: MetricAlarm, result: MetricDataResult | undefined, title: string): ShownAlarm {
  const [meaning = '', runbook] = (alarm.AlarmDescription ?? '').split(' Runbook: ');
  const { Timestamps = [], Values = [] } = result ?? {};
  const comparison = COMPARISONS[alarm.ComparisonOperator ?? ''];
  return {
    ...{
      name: alarm.AlarmName ?? '',
      title,
      meaning,
      state: stateOf(alarm),
      reason: alarm.StateReason ?? '',
    },
    ...(alarm.StateUpdatedTimestamp && { since: alarm.StateUpdatedTimestamp.toISOString() }),
    ...(runbook !== undefined && { runbook }),
    ...(comparison && alarm.Threshold !== undefined && { comparison, threshold: alarm.Threshold }),
    times: Timestamps.map((time) => time.getTime() / 1000),
    values: Values,
  };
}

const stateOf = ({ StateValue = 'INSUFFICIENT_DATA' }: MetricAlarm): AlarmState =>
  SEVERITY.find((state) => state === StateValue) ?? 'INSUFFICIENT_DATA';

/** `OperationsIteratorAge1A2B3C4D` → `Iterator age`: without the hash, and without what all of them begin with. */
export function titles(logicalIds: ReadonlyMap<string, string>): Map<string, string> {
  const split = [...logicalIds].map(
    ([name, id]) =>
      [name, id.replace(/[0-9A-F]{8}$/, '').match(/[A-Z][a-z0-9]*|[a-z0-9]+/g) ?? [id]] as const,
  );
  const [[, first] = ['', [] as string[]]] = split;
  const different = first.findIndex((word, i) => split.some(([, words]) => words[i] !== word));
  const common = split.length > 1 ? Math.max(0, different) : 0;
  return new Map(
    split.map(([name, words]) => {
      const text = words.slice(common).join(' ').toLowerCase();
      return [name, text.charAt(0).toUpperCase() + text.slice(1)];
    }),
  );
}
