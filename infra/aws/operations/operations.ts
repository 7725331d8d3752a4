/** For the people on call: alarms, a topic for them (not the topic of alerts about devices), and a dashboard. */
import { ComparisonOperator, type IAlarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { ArnFormat, Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { subscribeEmails } from '../parts/subscribe-emails.ts';
import type { Config } from '../settings/config.ts';
import { describeRunbook } from '../settings/runbooks.ts';
import { type AlarmDefinition, alarmDefinitions } from './alarms.ts';
import { createBudget } from './budget.ts';
import { createDashboard } from './dashboard.ts';
import { type Pipeline, pipelineMetrics } from './metrics.ts';

interface OperationsProps {
  config: Config;
  /** Address of the runbooks, where there is one. */
  runbooks: string | undefined;
  pipeline: Pipeline;
}

export class Operations extends Construct {
  readonly topic: Topic;
  /** Undefined if the dashboard is switched off. */
  readonly dashboardName: string | undefined;

  constructor(scope: Construct, id: string, { config, runbooks, pipeline }: OperationsProps) {
    super(scope, id);
    this.topic = this.createTopic(config);
    const metrics = pipelineMetrics(pipeline);
    const alarms = alarmDefinitions(metrics, config).map((definition) =>
      this.createAlarm(definition, runbooks),
    );
    this.dashboardName =
      config.dashboard === 'on'
        ? createDashboard(this, metrics, alarms, config.edge === 'on').dashboardName
        : undefined;
  }

  /**
   * An encrypted topic that CloudWatch can publish to. AWS' own key for SNS does not allow CloudWatch, and an alarm would
   * fail silently. So the key is our own, and both its policy and the topic's policy name CloudWatch.
   */
  private createTopic(config: Config): Topic {
    const key = new Key(this, 'Key', {
      description: 'Streamwatch: encrypts the operations topic, and lets CloudWatch alarms publish to it',
      enableKeyRotation: true,
      // It protects messages in transit, not stored data.
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    const topic = new Topic(this, 'Topic', {
      displayName: `${Stack.of(this).stackName} operations`,
      masterKey: key,
      enforceSSL: true,
    });
    subscribeEmails(topic, config.operationsEmail);

    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    const ownAlarms = {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      ArnLike: {
        'aws:SourceArn': Stack.of(this).formatArn({
          service: 'cloudwatch',
          resource: 'alarm',
          // CloudFormation names them after the stack and this construct. Names of environments are lower case, so those of
          // Streamwatch-prod are not meant.
          resourceName: `${Aws.STACK_NAME}-${this.node.id}*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      },
    };
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsEncrypt',
        principals: [cloudWatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: ownAlarms,
      }),
    );
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [cloudWatch],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: ownAlarms,
      }),
    );
    if (config.budgetUsd > 0) createBudget(this, { usd: config.budgetUsd, topic, key });
    return topic;
  }

  private createAlarm(definition: AlarmDefinition, runbooks: string | undefined): IAlarm {
    const { id, meaning, metric, threshold, below, periods, of, always } = definition;
    const alarm = metric.createAlarm(this, id, {
      alarmDescription: `${meaning} ${describeRunbook(runbooks, runbookAnchor(id))}`,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold,
      datapointsToAlarm: periods,
      evaluationPeriods: of,
      // Most metrics count something that goes wrong: when nothing happens, CloudWatch has no data.
      treatMissingData: always ? TreatMissingData.MISSING : TreatMissingData.NOT_BREACHING,
    });
    const notify = new SnsAction(this.topic);
    alarm.addAlarmAction(notify);
    alarm.addOkAction(notify);
    if (always) alarm.addInsufficientDataAction(notify);
    return alarm;
  }
}

/** `IteratorAge` → `iterator-age`: the heading in docs/operations.md. */
const runbookAnchor = (id: string) => id.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
