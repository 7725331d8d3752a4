/** What IAM is asked for each operation of CloudWatch. Only alarms are resources: metrics have no ARN. */
import { arnOf } from '../stack/identities.ts';
import { type AccessTable, type Fields, on, textOf } from '../wire/access.ts';

const alarmArn = (name: string) => arnOf('cloudwatch', `alarm:${name}`);

export const ACCESS: AccessTable<Fields> = {
  GetMetricData: () => on('cloudwatch:GetMetricData', '*'),
  ListMetrics: () => on('cloudwatch:ListMetrics', '*'),
  PutMetricData: ({ Namespace }) =>
    on('cloudwatch:PutMetricData', '*', {
      'cloudwatch:namespace': typeof Namespace === 'string' ? Namespace : undefined,
    }),
  DescribeAlarms: () => on('cloudwatch:DescribeAlarms', alarmArn('*')),
  SetAlarmState: (fields) => on('cloudwatch:SetAlarmState', alarmArn(textOf(fields, 'AlarmName'))),
};
