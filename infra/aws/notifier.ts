/** With the knob `channels`: the function that tells Slack, Teams, PagerDuty and others. It needs no channel to exist. */
import { AttributeType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Aws, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { expiringLogGroup } from './parts/log-group.ts';
import { nodeFunction } from './parts/node-function.ts';
import { onDemandTable } from './parts/on-demand-table.ts';
import { acknowledgeTracing, traceStatements } from './parts/tracing.ts';
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
  readonly channelsPath = `/${Aws.STACK_NAME}/channels`;

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
    this.failures = new Queue(this, 'Failures', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: FAILURE_RETENTION,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logGroup = expiringLogGroup(this, 'Logs', config);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Streamwatch notifier: reads the channels, remembers what they were sent',
    });
    const permissions = new Policy(this, 'Permissions', {
      roles: [role],
      statements: this.permissions(config, logGroup),
    });
    this.function = nodeFunction(this, 'Function', {
      ...{ config, role: role.withoutPolicyUpdates(), logGroup, metricsNamespace },
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
    this.function.node.addDependency(permissions);
    const subscription = alerts.addSubscription(new LambdaSubscription(this.function));
    Validations.of(subscription).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason: 'SNS tries a function for 23 days; an alarm watches what it cannot deliver',
    });
    this.acknowledge(config, permissions);
  }

  private permissions(config: Config, logs: LogGroup): PolicyStatement[] {
    const allow = (sid: string, actions: string[], ...resources: string[]) =>
      new PolicyStatement({ sid, actions, resources });
    const path = Stack.of(this).formatArn({
      service: 'ssm',
      resource: `parameter${this.channelsPath}`,
    });
    return [
      allow('ReadChannels', ['ssm:GetParametersByPath'], path),
      allow('RememberSent', ['dynamodb:GetItem', 'dynamodb:UpdateItem'], this.sent.tableArn),
      allow('KeepUntold', ['sqs:SendMessage'], this.failures.queueArn),
      ...traceStatements(config),
      allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], logs.logGroupArn),
    ];
  }

  /** Findings of cdk-nag that are intended. */
  private acknowledge(config: Config, permissions: Policy): void {
    for (const id of ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy']) {
      const reason = 'It is itself where failures end up; nothing consumes it, so no consumer can fail';
      Validations.of(this.failures).acknowledge({ id, reason });
    }
    Validations.of(this.sent).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason: 'What it forgets may be told once more, and nothing else',
    });
    Validations.of(this.function).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'It has a failure destination, which keeps the reason too',
    });
    acknowledgeTracing(config, 'the function', this.function, permissions);
  }
}
