/** Topics, event rules, alarms and access logs: AWS services that act as themselves, by the policy of the resource. */
import { z } from 'zod';
import { arnOf } from '../stack/identities.ts';
import { serviceCaller } from './caller.ts';
import { destinationActions, type NeedsOf, needs, withRole } from './stack-need.ts';

const DOCS = 'https://docs.aws.amazon.com';

const subscription = z.object({
  ...{ TopicArn: z.string(), Protocol: z.string(), Endpoint: z.string() },
  SubscriptionRoleArn: z.string().optional(),
  RedrivePolicy: z.unknown().optional(),
});
const WRITE_RECORDS = ['DescribeDeliveryStream', 'PutRecord', 'PutRecordBatch'];
const DEAD_LETTERS = z.object({ deadLetterTargetArn: z.string() });

const ofSubscription: NeedsOf = ({ logicalId, properties }) => {
  const { TopicArn, Protocol, Endpoint, SubscriptionRoleArn, RedrivePolicy } = subscription.parse(properties);
  const sns = serviceCaller('sns', TopicArn);
  const dead = DEAD_LETTERS.safeParse(RedrivePolicy).data?.deadLetterTargetArn;
  const queues = [...(Protocol === 'sqs' ? [Endpoint] : []), ...(dead === undefined ? [] : [dead])];
  return [
    ...needs(logicalId, sns, [
      [['sqs:SendMessage'], queues, `${DOCS}/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html`],
      [
        ['lambda:InvokeFunction'],
        Protocol === 'lambda' ? [Endpoint] : [],
        `${DOCS}/sns/latest/dg/lambda-console.html`,
      ],
    ]),
    ...(Protocol === 'firehose' && SubscriptionRoleArn !== undefined
      ? withRole(logicalId, { roleArn: SubscriptionRoleArn, service: 'sns', source: TopicArn }, [
          [
            WRITE_RECORDS.map((name) => `firehose:${name}`),
            [Endpoint],
            `${DOCS}/sns/latest/dg/prereqs-kinesis-data-firehose.html`,
          ],
        ])
      : []),
  ];
};

const rule = z.object({
  Targets: z.array(z.object({ Arn: z.string(), RoleArn: z.string().optional() })).default([]),
});

const ofRule: NeedsOf = ({ logicalId, arn: source, properties }) =>
  rule.parse(properties).Targets.flatMap(({ Arn, RoleArn: roleArn }) => {
    const document = `${DOCS}/eventbridge/latest/userguide/eb-use-resource-based.html`;
    const wanted = [[destinationActions(Arn), [Arn], document] as const];
    return roleArn === undefined
      ? needs(logicalId, serviceCaller('events', source), wanted)
      : withRole(logicalId, { roleArn, service: 'events', source }, wanted);
  });

const alarm = z.object({
  AlarmActions: z.array(z.string()).default([]),
  OKActions: z.array(z.string()).default([]),
  InsufficientDataActions: z.array(z.string()).default([]),
});

const ofAlarm: NeedsOf = ({ logicalId, ref, properties }) => {
  const { AlarmActions, OKActions, InsufficientDataActions } = alarm.parse(properties);
  const topics = [...new Set([...AlarmActions, ...OKActions, ...InsufficientDataActions])];
  return needs(logicalId, serviceCaller('cloudwatch', arnOf('cloudwatch', `alarm:${ref}`)), [
    [
      ['sns:Publish'],
      topics.filter((arn) => arn.includes(':sns:')),
      `${DOCS}/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html`,
    ],
  ]);
};

const bucket = z.object({
  LoggingConfiguration: z
    .object({ DestinationBucketName: z.string().optional(), LogFilePrefix: z.string().default('') })
    .optional(),
});

const ofBucket: NeedsOf = ({ logicalId, ref, arn, properties }) => {
  const logs = bucket.parse(properties).LoggingConfiguration;
  if (!logs) return [];
  const object = `arn:aws:s3:::${logs.DestinationBucketName ?? ref}/${logs.LogFilePrefix}x`;
  return needs(logicalId, serviceCaller('logging.s3', arn), [
    [['s3:PutObject'], [object], `${DOCS}/AmazonS3/latest/userguide/enable-server-access-logging.html`],
  ]);
};

export const EVENT_NEEDS: Readonly<Record<string, NeedsOf>> = {
  'AWS::SNS::Subscription': ofSubscription,
  'AWS::Events::Rule': ofRule,
  'AWS::CloudWatch::Alarm': ofAlarm,
  'AWS::S3::Bucket': ofBucket,
};
