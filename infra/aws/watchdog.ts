/** Once a minute: whole sites that are silent, and alerts that wait where no reading comes any more. */
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Database, S3Table } from 'aws-cdk-lib/aws-glue';
import { Policy, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { PRESENCE_INDEX } from '../../services/contract/presence.ts';
import { acknowledge, acknowledgeObjects } from './parts/acknowledge.ts';
import { allow, allowInOwnBucket } from './parts/allow.ts';
import { leastFunction } from './parts/least-function.ts';
import { scheduleRole } from './parts/schedule-role.ts';
import { acknowledgeTracing } from './parts/tracing.ts';
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
    const { function: fn, permissions } = leastFunction(this, 'Function', {
      ...{ config, metricsNamespace: props.metricsNamespace },
      roleDescription: 'Streamwatch watchdog: looks how far every site has come, publishes alerts',
      statements: this.permissions(props),
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
    this.function = fn;
    this.createSchedule().node.addDependency(permissions);
    this.acknowledge(permissions, props);
  }

  private createSchedule(): Schedule {
    const role = scheduleRole(this, 'ScheduleRole', 'Streamwatch: invokes the watchdog');
    const invoke = allow('InvokeWatchdog', ['lambda:InvokeFunction'], this.function.functionArn);
    const permission = new Policy(this, 'SchedulePermissions', { roles: [role], statements: [invoke] });
    const schedule = new Schedule(this, 'EveryMinute', {
      description: 'Streamwatch: the watchdog looks at all sites',
      schedule: ScheduleExpression.rate(EVERY),
      target: new LambdaInvoke(this.function, {
        role: role.withoutPolicyUpdates(),
        input: ScheduleTargetInput.fromObject({}),
        retryAttempts: 0,
        maxEventAge: EVERY,
      }),
    });
    schedule.node.addDependency(permission);
    return schedule;
  }

  private permissions({ state, alerts, silenced, failures }: WatchdogProps): PolicyStatement[] {
    return [
      allow('RememberSites', ['dynamodb:Query', 'dynamodb:PutItem'], state.tableArn),
      allow('LookAtSites', ['dynamodb:Query'], `${state.tableArn}/index/${PRESENCE_INDEX.name}`),
      allow('PublishAlerts', ['sns:Publish'], alerts.topicArn, silenced.topicArn),
      allowInOwnBucket('SetAside', ['s3:PutObject'], failures.arnForObjects(`${SET_ASIDE_PREFIX}*`)),
    ];
  }

  /** Findings of cdk-nag that are intended. */
  private acknowledge(permissions: Policy, { config, failures }: WatchdogProps): void {
    const named = 'The objects are named after the alerts in them';
    acknowledgeObjects(permissions, failures, named, SET_ASIDE_PREFIX);
    acknowledgeTracing(config, 'the function', this.function, permissions);
    const reason = 'What a look leaves undone, the next minute does; an alarm watches its errors';
    acknowledge(
      this.function,
      reason,
      ...['Serverless-LambdaDLQ', 'Serverless-LambdaAsyncFailureDestination'],
    );
  }
}
