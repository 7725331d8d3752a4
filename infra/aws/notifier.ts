/** With the knob `channels`: the function that tells Slack, Teams, PagerDuty and others. It needs no channel to exist. */
import { AttributeType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Aws, Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { channelsPathOf } from '../../services/contract/stack.ts';
import { acknowledge } from './parts/acknowledge.ts';
import { allow } from './parts/allow.ts';
import { failureQueue } from './parts/failure-queue.ts';
import { leastFunction } from './parts/least-function.ts';
import { onDemandTable } from './parts/on-demand-table.ts';
import { acknowledgeTracing } from './parts/tracing.ts';
import { whereaboutsEnvironment } from './parts/whereabouts.ts';
import type { Config } from './settings/config.ts';

interface NotifierProps {
  config: Config;
  alerts: Topic;
  /** Athena's. */
  workGroupName: string;
  metricsNamespace: string;
}

const MEMORY_MB = 256;
/** For a digest of hundreds of incidents, which PagerDuty gets one by one. */
const TIMEOUT = Duration.minutes(2);
/** By then somebody has repaired the channel, or the alerts are of no use any more. */
const FAILURE_RETENTION = Duration.days(14);

export class Notifier extends Construct {
  readonly function: NodejsFunction;
  /** What each channel was sent. */
  readonly sent: Table;
  /** Alerts that a channel could not be told, with the reason. */
  readonly failures: Queue;
  /** Where the channels are in the Parameter Store. */
  readonly channelsPath = channelsPathOf(Aws.STACK_NAME);
  /** What the commands for channels need to know. */
  readonly outputs: Record<string, string>;
  constructor(
    scope: Construct,
    id: string,
    { config, alerts, workGroupName, metricsNamespace }: NotifierProps,
  ) {
    super(scope, id);
    this.sent = onDemandTable(this, 'Sent', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      timeToLiveAttribute: 'expires_at',
    });
    this.failures = failureQueue(this, 'Failures', FAILURE_RETENTION);
    const { function: fn, permissions } = leastFunction(this, 'Function', {
      ...{ config, metricsNamespace },
      roleDescription: 'Streamwatch notifier: reads the channels, remembers what they were sent',
      statements: this.permissions(),
      description: 'Tells channels such as Slack and PagerDuty of alerts',
      entry: 'services/notifier/handler.ts',
      memorySize: MEMORY_MB,
      timeout: TIMEOUT,
      environment: {
        CHANNELS_PATH: this.channelsPath,
        SENT_TABLE_NAME: this.sent.tableName,
        ...whereaboutsEnvironment(this, config, workGroupName),
      },
      retryAttempts: 2,
      // CDK's SqsDestination would also let the function read the queue's attributes.
      onFailure: { bind: () => ({ destination: this.failures.queueArn }) },
    });
    this.function = fn;
    const subscription = alerts.addSubscription(new LambdaSubscription(this.function));
    const redriven = 'SNS tries a function for 23 days; an alarm watches what it cannot deliver';
    acknowledge(subscription, redriven, 'Serverless-SNSRedrivePolicy');
    this.acknowledge(config, permissions);
    this.outputs = {
      NotifierFunctionName: fn.functionName,
      ChannelsPath: this.channelsPath,
      ChannelFailuresUrl: this.failures.queueUrl,
      SentTableName: this.sent.tableName,
    };
  }

  private permissions(): PolicyStatement[] {
    const path = Stack.of(this).formatArn({
      service: 'ssm',
      resource: `parameter${this.channelsPath}`,
    });
    return [
      allow('ReadChannels', ['ssm:GetParametersByPath'], path),
      allow('RememberSent', ['dynamodb:GetItem', 'dynamodb:UpdateItem'], this.sent.tableArn),
      allow('KeepUntold', ['sqs:SendMessage'], this.failures.queueArn),
    ];
  }

  /** Findings of cdk-nag that are intended. */
  private acknowledge(config: Config, permissions: Policy): void {
    acknowledge(this.sent, 'What it forgets may be told once more, and nothing else', 'AwsSolutions-DDB3');
    const kept = 'It has a failure destination, which keeps the reason too';
    acknowledge(this.function, kept, 'Serverless-LambdaDLQ');
    acknowledgeTracing(config, 'the function', this.function, permissions);
  }
}
