/** Once a minute: whole sites that are silent, and alerts that wait where no reading comes any more. */
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Database, S3Table } from 'aws-cdk-lib/aws-glue';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Aws, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { PRESENCE_INDEX } from '../../services/contract/presence.ts';
import { expiringLogGroup } from './parts/log-group.ts';
import { nodeFunction } from './parts/node-function.ts';
import { acknowledgeTracing, traceStatements } from './parts/tracing.ts';
import { whereaboutsEnvironment } from './parts/whereabouts.ts';
import type { Config } from './settings/config.ts';
import { SET_ASIDE_PREFIX } from './storage.ts';

interface WatchdogProps {
  config: Config;
  state: Table;
  alerts: Topic;
  silenced: Topic;
  failures: Bucket;
  database: Database;
  readings: S3Table;
  /** Athena's. */
  workGroupName: string;
  metricsNamespace: string;
}

const EVERY = Duration.minutes(1);
/** Over before the next look. */
const TIMEOUT = Duration.seconds(50);
const MEMORY_MB = 256;

export class Watchdog extends Construct {
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, props: WatchdogProps) {
    super(scope, id);
    const { config, state, alerts, failures } = props;
    const logGroup = expiringLogGroup(this, 'Logs', config);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Streamwatch watchdog: looks how far every site has come, publishes alerts',
    });
    const permissions = new Policy(this, 'Permissions', {
      roles: [role],
      statements: this.permissions(props, logGroup),
    });
    this.function = nodeFunction(this, 'Function', {
      ...{ config, role: role.withoutPolicyUpdates(), logGroup, metricsNamespace: props.metricsNamespace },
      description:
        'Once a minute: tells of silent sites, and of alerts that nothing else would tell any more',
      entry: 'services/detector/watchdog/handler.ts',
      memorySize: MEMORY_MB,
      timeout: TIMEOUT,
      // The next minute is the retry.
      retryAttempts: 0,
      maxEventAge: EVERY,
      environment: {
        STATE_TABLE_NAME: state.tableName,
        ALERT_TOPIC_ARN: alerts.topicArn,
        SILENCED_TOPIC_ARN: props.silenced.topicArn,
        FAILURE_BUCKET_NAME: failures.bucketName,
        ATHENA_DATABASE: props.database.databaseName,
        READINGS_TABLE: props.readings.tableName,
        ...whereaboutsEnvironment(this, config, props.workGroupName),
      },
    });
    this.function.node.addDependency(permissions);
    this.createSchedule().node.addDependency(permissions);
    this.acknowledge(permissions, props);
  }

  private createSchedule(): Schedule {
    const group = new ScheduleGroup(this, 'Schedules', { removalPolicy: RemovalPolicy.DESTROY });
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnEquals: { 'aws:SourceArn': group.scheduleGroupArn },
        },
      }),
      description: 'Streamwatch: invokes the watchdog',
    });
    const invoke = new PolicyStatement({
      sid: 'InvokeWatchdog',
      actions: ['lambda:InvokeFunction'],
      resources: [this.function.functionArn],
    });
    const permission = new Policy(this, 'SchedulePermissions', { roles: [role], statements: [invoke] });
    const schedule = new Schedule(this, 'Minutely', {
      description: 'Streamwatch: the watchdog looks at all sites',
      schedule: ScheduleExpression.rate(EVERY),
      scheduleGroup: group,
      target: new LambdaInvoke(this.function, {
        role: role.withoutPolicyUpdates(),
        input: ScheduleTargetInput.fromObject({}),
        retryAttempts: 0,
        maxEventAge: EVERY,
      }),
    });
    schedule.node.addDependency(group, permission);
    return schedule;
  }

  private permissions(
    { config, state, alerts, silenced, failures }: WatchdogProps,
    logs: LogGroup,
  ): PolicyStatement[] {
    const allow = (sid: string, actions: string[], ...resources: string[]) =>
      new PolicyStatement({ sid, actions, resources });
    const setAside = new PolicyStatement({
      sid: 'SetAside',
      actions: ['s3:PutObject'],
      resources: [failures.arnForObjects(`${SET_ASIDE_PREFIX}*`)],
      conditions: { StringEquals: { 's3:ResourceAccount': Aws.ACCOUNT_ID } },
    });
    return [
      allow('RememberSites', ['dynamodb:Query', 'dynamodb:PutItem'], state.tableArn),
      allow('LookAtSites', ['dynamodb:Query'], `${state.tableArn}/index/${PRESENCE_INDEX.name}`),
      allow('PublishAlerts', ['sns:Publish'], alerts.topicArn, silenced.topicArn),
      setAside,
      ...traceStatements(config),
      allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], logs.logGroupArn),
    ];
  }

  /** Findings of cdk-nag that are intended. */
  private acknowledge(permissions: Policy, { config, failures }: WatchdogProps): void {
    const bucket = Stack.of(this).getLogicalId(failures.node.defaultChild as CfnBucket);
    Validations.of(permissions).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${SET_ASIDE_PREFIX}*]`,
      reason: 'The objects are named after the alerts in them',
    });
    acknowledgeTracing(config, 'the function', this.function, permissions);
    const reason = 'What a look leaves undone, the next minute does; an alarm watches its errors';
    for (const id of ['Serverless-LambdaDLQ', 'Serverless-LambdaAsyncFailureDestination']) {
      Validations.of(this.function).acknowledge({ id, reason });
    }
  }
}
