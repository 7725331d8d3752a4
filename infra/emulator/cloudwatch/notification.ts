/** What an alarm sends to a topic: CloudWatch's JSON, and its mail for people. */
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../stack/identities.ts';
import type { Alarm, AlarmProperties } from './definition.ts';
import { decimal } from './reason.ts';
import type { AlarmState } from './state.ts';

/** The name of {@link LOCAL_REGION}, which subjects and messages have. */
const REGION_NAME = 'US East (N. Virginia)';
const MAX_SUBJECT = 100;

export interface Change {
  alarm: Alarm;
  from: AlarmState;
  to: AlarmState;
  reason: string;
  atMs: number;
  /** When the alarm began. */
  sinceMs: number;
}

/** Parameters of Publish, which has a text for each protocol. */
export function notification(change: Change): { subject: string; message: string } {
  const message = {
    default: JSON.stringify(document(change)),
    email: mail(change),
    sms: subject(change, 90),
  };
  return { subject: subject(change, MAX_SUBJECT), message: JSON.stringify(message) };
}

function subject({ alarm, to }: Change, max: number): string {
  const rest = `${to}: "" in ${REGION_NAME}`.length;
  const name = alarm.name.length > max - rest ? `${alarm.name.slice(0, max - rest - 3)}...` : alarm.name;
  return `${to}: "${name}" in ${REGION_NAME}`;
}

/** As Java writes a date in ISO 8601. */
const stamp = (ms: number) => new Date(ms).toISOString().replace('Z', '+0000');

function document({ alarm, from, to, reason, atMs, sinceMs }: Change) {
  const { properties } = alarm;
  return {
    AlarmName: alarm.name,
    AlarmDescription: properties.AlarmDescription ?? null,
    AWSAccountId: LOCAL_ACCOUNT,
    AlarmConfigurationUpdatedTimestamp: stamp(sinceMs),
    NewStateValue: to,
    NewStateReason: reason,
    StateChangeTime: stamp(atMs),
    Region: REGION_NAME,
    AlarmArn: alarm.arn,
    OldStateValue: from,
    OKActions: properties.OKActions,
    AlarmActions: properties.AlarmActions,
    InsufficientDataActions: properties.InsufficientDataActions,
    Trigger: trigger(alarm),
  };
}

const named = (dimensions: AlarmProperties['Dimensions']) =>
  dimensions.map(({ Name, Value }) => ({ value: Value, name: Name }));

function trigger({ properties, periodSeconds, datapointsToAlarm }: Alarm) {
  const evaluation = {
    Period: periodSeconds,
    EvaluationPeriods: properties.EvaluationPeriods,
    DatapointsToAlarm: datapointsToAlarm,
    ComparisonOperator: properties.ComparisonOperator,
    Threshold: properties.Threshold,
    TreatMissingData: properties.TreatMissingData,
    EvaluateLowSampleCountPercentile: '',
  };
  const { Metrics, MetricName, Namespace, Statistic, ExtendedStatistic, Dimensions } = properties;
  if (!Metrics) {
    return {
      ...{ MetricName, Namespace, StatisticType: Statistic ? 'Statistic' : 'ExtendedStatistic' },
      ...{
        Statistic: Statistic?.toUpperCase() ?? ExtendedStatistic,
        Unit: null,
        Dimensions: named(Dimensions),
      },
      ...evaluation,
    };
  }
  return {
    ...evaluation,
    Metrics: Metrics.map(({ MetricStat, ...query }) => ({
      ...query,
      ...(MetricStat && {
        MetricStat: {
          ...MetricStat,
          Metric: { ...MetricStat.Metric, Dimensions: named(MetricStat.Metric.Dimensions) },
        },
      }),
    })),
  };
}

function mail({ alarm, from, to, reason, atMs }: Change): string {
  const { properties, periodSeconds, datapointsToAlarm } = alarm;
  const { ComparisonOperator, Threshold, EvaluationPeriods } = properties;
  const at = `${new Date(atMs).toUTCString().replace(' GMT', '')} UTC`;
  const field = (name: string, value: string, width = 29) => `- ${name}:`.padEnd(width + 1) + value;
  const actions = (list: string[]) => (list.length > 0 ? `[${list.join(', ')}]` : '');
  return [
    `You are receiving this email because your Amazon CloudWatch Alarm "${alarm.name}" in the ${REGION_NAME} region has entered the ${to} state, because "${reason}" at "${at}".`,
    '',
    'View this alarm in the AWS Management Console:',
    `https://${LOCAL_REGION}.console.aws.amazon.com/cloudwatch/deeplink.js?region=${LOCAL_REGION}#alarmsV2:alarm/${encodeURIComponent(alarm.name)}`,
    '',
    'Alarm Details:',
    field('Name', alarm.name),
    field('Description', properties.AlarmDescription ?? ''),
    field('State Change', `${from} -> ${to}`),
    field('Reason for State Change', reason),
    field('Timestamp', at),
    field('AWS Account', LOCAL_ACCOUNT),
    field('Alarm Arn', alarm.arn),
    '',
    'Threshold:',
    `- The alarm is in the ALARM state when the metric is ${ComparisonOperator} ${decimal(Threshold)} for at least ${datapointsToAlarm} of the last ${EvaluationPeriods} period(s) of ${periodSeconds} seconds.`,
    '',
    ...monitored(alarm, (name, value) => field(name, value, 38)),
    '',
    'State Change Actions:',
    `- OK: ${actions(properties.OKActions)}`,
    `- ALARM: ${actions(properties.AlarmActions)}`,
    `- INSUFFICIENT_DATA: ${actions(properties.InsufficientDataActions)}`,
    '',
  ].join('\n');
}

function monitored({ properties }: Alarm, field: (name: string, value: string) => string): string[] {
  const { Metrics, Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic } = properties;
  if (!Metrics) {
    return [
      'Monitored Metric:',
      field('MetricNamespace', Namespace ?? ''),
      field('MetricName', MetricName ?? ''),
      field('Dimensions', Dimensions.map(({ Name, Value }) => `[${Name} = ${Value}]`).join(', ')),
      field('Period', `${Period} seconds`),
      field('Statistic', Statistic ?? ExtendedStatistic ?? ''),
      field('Unit', 'not specified'),
      field('TreatMissingData', properties.TreatMissingData),
    ];
  }
  const shown = Metrics.filter(({ ReturnData }) => ReturnData);
  return [
    'Monitored Metrics:',
    ...shown.flatMap(({ Expression = '', Label }) => [
      field('MetricExpression', Expression),
      ...(Label === undefined ? [] : [field('MetricLabel', Label)]),
    ]),
  ];
}
