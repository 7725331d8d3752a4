/** What it takes to be on call: incidents, mails, channels, failed batches, the logs of the runbooks, and `npm run page`. */
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ArnFormat, Aws, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { EDGE_ERRORS_PREFIX } from '../../services/contract/edge.ts';
import type { Detection } from './detection.ts';
import type { Notifier } from './notifier.ts';
import { allow, allowInOwnBucket } from './parts/allow.ts';
import { FAILED_BATCHES_PREFIX, REDRIVEN_PREFIX, SET_ASIDE_PREFIX, type Storage } from './storage.ts';
import type { Trusted } from './trusted.ts';

export interface HandlingProps {
  storage: Storage;
  detection: Detection;
  trusted: Trusted;
  notifier: Notifier | undefined;
  /** Functions whose logs a runbook looks at. */
  functions: readonly LambdaFunction[];
  /** ARN of the stream. */
  stream: string;
  /** Whether sites may publish over MQTT: unsent messages are redriven into the stream. */
  hasUnsent: boolean;
}

export const handling = (scope: Construct, props: HandlingProps): PolicyStatement[] => [
  ...handlingIncidents(props),
  ...watching(scope, props),
  ...redriving(props),
  ...(props.notifier ? handlingChannels(scope, props.notifier) : []),
];

/** `incidents`, `silence`, `subscribe`, `forget-device`, `reset-model`. */
function handlingIncidents({ detection, functions }: HandlingProps): PolicyStatement[] {
  const { state, models, alerts } = detection;
  const items = (...operations: string[]) => operations.map((operation) => `dynamodb:${operation}`);
  return [
    allow(
      'HandleIncidents',
      items('Query', 'Scan', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      state.tableArn,
    ),
    allow('ForgetUsual', items('Query', 'PutItem'), models.tableArn),
    allow('Subscribe', ['sns:Subscribe', 'sns:ListSubscriptionsByTopic'], alerts.topicArn),
    allow(
      'ChangeSubscriptions',
      ['sns:GetSubscriptionAttributes', 'sns:SetSubscriptionAttributes', 'sns:Unsubscribe'],
      ...[alerts.topicArn, `${alerts.topicArn}:*`],
    ),
    allow(
      'ReadLogs',
      ['logs:FilterLogEvents', 'logs:GetLogEvents', 'logs:DescribeLogStreams'],
      ...functions.map(({ logGroup }) => logGroup.logGroupArn),
    ),
  ];
}

/** What `npm run page` shows of a stack besides incidents: alarms, what they measure, the rules in force, readings. */
function watching(scope: Construct, { stream }: HandlingProps): PolicyStatement[] {
  const stack = Stack.of(scope);
  const own = stack.formatArn({
    service: 'cloudformation',
    resource: 'stack',
    resourceName: `${Aws.STACK_NAME}/*`,
  });
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  const alarms = stack.formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName: '*', arnFormat });
  return [
    allow('FindAlarms', ['cloudformation:ListStackResources'], own),
    allow('SeeRules', ['cloudformation:GetTemplate'], own),
    allow('SeeAlarms', ['cloudwatch:DescribeAlarms'], alarms),
    allow('SeeMetrics', ['cloudwatch:GetMetricData'], '*'),
    allow('WatchReadings', ['kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords'], stream),
  ];
}

/** `npm run redrive`, and the queues that the alarms are about. */
function redriving({ storage, detection, trusted, stream, hasUnsent }: HandlingProps): PolicyStatement[] {
  const { failures, failedBatches } = storage;
  const failed = [FAILED_BATCHES_PREFIX, SET_ASIDE_PREFIX, ...(hasUnsent ? [EDGE_ERRORS_PREFIX] : [])];
  return [
    allow('FindFailures', ['s3:ListBucket'], failures.bucketArn),
    allow(
      'TakeFailures',
      ['s3:GetObject', 's3:DeleteObject'],
      ...failed.map((prefix) => failures.arnForObjects(`${prefix}*`)),
    ),
    allowInOwnBucket('KeepRedriven', ['s3:PutObject'], failures.arnForObjects(`${REDRIVEN_PREFIX}*`)),
    allow('Redrive', ['lambda:InvokeFunction'], detection.detector.functionArn),
    ...(hasUnsent ? [allow('SendAgain', ['kinesis:PutRecord'], stream)] : []),
    allow(
      'EndFailureAlarms',
      ['sqs:ReceiveMessage', 'sqs:PurgeQueue', 'sqs:GetQueueAttributes'],
      ...[failedBatches, trusted.failures].map(({ queueArn }) => queueArn),
    ),
  ];
}

function handlingChannels(scope: Construct, notifier: Notifier): PolicyStatement[] {
  const resource = `parameter${notifier.channelsPath}`;
  const path = Stack.of(scope).formatArn({ service: 'ssm', resource });
  return [
    allow('ListChannels', ['ssm:GetParametersByPath'], path),
    allow('SeeWhoWasTold', ['dynamodb:Scan'], notifier.sent.tableArn),
    allow('WriteChannels', ['ssm:PutParameter', 'ssm:DeleteParameter'], `${path}/*`),
    allow('TryChannels', ['lambda:InvokeFunction'], notifier.function.functionArn),
    allow('RedriveAlerts', ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], notifier.failures.queueArn),
  ];
}
