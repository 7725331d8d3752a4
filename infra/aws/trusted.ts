/**
 * The trusted layer: schedules that have Athena maintain the table `readings_trusted`. No server, no code.
 * docs/trusted-layer.md says what the statements do, and why one of them, and not CloudFormation, creates the table.
 */
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type { Database, S3Table } from 'aws-cdk-lib/aws-glue';
import { Policy, type PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Duration, Names, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { TRUSTED_PREFIX, TRUSTED_TABLE } from '../../services/contract/trusted.ts';
import { acknowledgeObjects } from './parts/acknowledge.ts';
import { allow, allowInOwnBucket } from './parts/allow.ts';
import { FailureQueue } from './parts/failure-queue.ts';
import { scheduleRole } from './parts/schedule-role.ts';
import { trustedStatements } from './queries/trusted.ts';
import type { Config } from './settings/config.ts';
import { QUERY_RESULTS_PREFIX, READINGS_PREFIX } from './storage.ts';

interface TrustedProps {
  config: Config;
  bucket: Bucket;
  database: Database;
  readings: S3Table;
}

/** An hour apart: two statements at once would conflict, and Athena would refuse the later commit. */
const nightly = (hour: number) =>
  ScheduleExpression.cron({ minute: '10', hour: String(hour % 24), day: '*', month: '*', year: '*' });

/** A statement that cannot be started for this long is skipped: it must not overlap with the next one. */
const START_WITHIN = Duration.minutes(30);
/** By then, a later night has made up for the failure. */
const FAILURE_RETENTION = Duration.days(4);

const MULTIPART = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

export class Trusted extends Construct {
  readonly workGroupName: string;
  /** Messages about statements that failed, and about those that could not be started. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, props: TrustedProps) {
    super(scope, id);
    const { config, bucket, readings } = props;
    this.workGroupName = Names.uniqueResourceName(this, { maxLength: 100 });
    const workGroup = this.createWorkGroup(bucket);
    // A schedule only starts a statement; an event says how the statement ended.
    this.failures = new FailureQueue(this, 'Failures', {
      description: 'Streamwatch: statements for the trusted layer that failed',
      eventPattern: {
        source: ['aws.athena'],
        detailType: ['Athena Query State Change'],
        detail: { workgroupName: [this.workGroupName], currentState: ['FAILED', 'CANCELLED'] },
      },
      retention: FAILURE_RETENTION,
    }).queue;

    const role = scheduleRole(
      this,
      'Role',
      'Streamwatch trusted layer: reads raw readings, writes each once',
    );
    const permissions = this.createPermissions(role, props);
    const location = bucket.s3UrlForObject(TRUSTED_PREFIX);
    const sql = trustedStatements(readings.tableName, location, config);
    const schedule = (name: string, meaning: string, statement: string, when: ScheduleExpression) =>
      this.schedule(name, { meaning, statement, when, role, database: props.database })
        // The first statement starts as soon as its schedule exists.
        .node.addDependency(workGroup, permissions);
    // A `rate` schedule also runs once as soon as it is created. Should its role not be known by then, the next hour will do.
    const hourly = ScheduleExpression.rate(Duration.hours(1));
    schedule(
      'CreateTable',
      'Makes the table of the trusted layer, where there is none yet',
      sql.create,
      hourly,
    );
    const [merge = '', ...earlier] = sql.merges;
    schedule('MergeReadings', 'Takes in the readings of the last days, each once', merge, nightly(1));
    for (const [i, statement] of earlier.entries()) {
      schedule(`MergeEarlier${i + 1}`, 'Takes in readings of the days before', statement, nightly(24 - i));
    }
    if (sql.expire) schedule('ExpireReadings', 'Deletes readings that are too old', sql.expire, nightly(2));
    schedule('OptimizeFiles', 'Few large files instead of many small ones', sql.optimize, nightly(3));
    schedule('VacuumFiles', 'Deletes files that no query needs any more', sql.vacuum, nightly(4));
  }

  /** Separate from the workgroup for people: without its scan limit, and with its own failure events. */
  private createWorkGroup(bucket: Bucket): CfnWorkGroup {
    return new CfnWorkGroup(this, 'WorkGroup', {
      name: this.workGroupName,
      description: 'Streamwatch: the jobs that keep the trusted layer',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        resultConfiguration: {
          outputLocation: bucket.s3UrlForObject(QUERY_RESULTS_PREFIX),
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
        },
      },
    });
  }

  private schedule(
    id: string,
    job: {
      meaning: string;
      statement: string;
      when: ScheduleExpression;
      role: Role;
      database: Database;
    },
  ): Schedule {
    return new Schedule(this, id, {
      description: `Streamwatch: ${job.meaning}`,
      schedule: job.when,
      target: new Universal({
        service: 'athena',
        action: 'startQueryExecution',
        role: job.role.withoutPolicyUpdates(),
        // The role has this already; without it, CDK would warn about a wildcard that it would have added.
        policyStatements: [this.mayStart()],
        deadLetterQueue: this.failures,
        maxEventAge: START_WITHIN,
        retryAttempts: 10,
        input: ScheduleTargetInput.fromObject({
          QueryString: job.statement,
          QueryExecutionContext: { Database: job.database.databaseName },
          WorkGroup: this.workGroupName,
          // The same for every attempt, so that a retry after a lost answer does not start the statement twice.
          ClientRequestToken: `${this.workGroupName}-${id}-${ContextAttribute.scheduledTime}`,
        }),
      }),
    });
  }

  private mayStart(): PolicyStatement {
    const workGroup = { service: 'athena', resource: 'workgroup', resourceName: this.workGroupName };
    return allow('StartStatements', ['athena:StartQueryExecution'], Stack.of(this).formatArn(workGroup));
  }

  /**
   * Athena uses these permissions to do what the statements ask for.
   * https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
   */
  private createPermissions(role: Role, { bucket, database, readings }: TrustedProps): Policy {
    const glue = (resource: string, resourceName?: string) =>
      Stack.of(this).formatArn({ service: 'glue', resource, resourceName });
    const ownDatabase = glue('database', database.databaseName);
    const table = (name: string) => glue('table', `${database.databaseName}/${name}`);
    const permissions = new Policy(this, 'Permissions', {
      roles: [role],
      statements: [
        this.mayStart(),
        allow('ReportUnstarted', ['sqs:SendMessage'], this.failures.queueArn),
        // Athena looks at the account's `default` database, whatever database the statement names, and makes it where
        // there is none: https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
        allow(
          'FindDefaultDatabase',
          ['glue:CreateDatabase', 'glue:GetDatabase', 'glue:GetDatabases'],
          glue('catalog'),
          glue('database', 'default'),
        ),
        // The catalog itself is among the resources above.
        allow('FindDatabase', ['glue:GetDatabase'], ownDatabase),
        allow(
          'ReadTables',
          ['glue:GetTable', 'glue:GetPartition', 'glue:GetPartitions'],
          ...[glue('catalog'), ownDatabase, table(readings.tableName), table(TRUSTED_TABLE)],
        ),
        allow(
          'CommitTrustedTable',
          ['glue:CreateTable', 'glue:UpdateTable'],
          ...[glue('catalog'), ownDatabase, table(TRUSTED_TABLE)],
        ),
        allow('ReadRawFiles', ['s3:GetObject'], bucket.arnForObjects(`${READINGS_PREFIX}*`)),
        allowInOwnBucket(
          'KeepTrustedFiles',
          ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', ...MULTIPART],
          bucket.arnForObjects(`${TRUSTED_PREFIX}*`),
        ),
        allowInOwnBucket(
          'WriteResults',
          ['s3:GetObject', 's3:PutObject', ...MULTIPART],
          bucket.arnForObjects(`${QUERY_RESULTS_PREFIX}*`),
        ),
        allow(
          'FindLake',
          ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
          bucket.bucketArn,
        ),
      ],
    });
    acknowledgeObjects(
      ...([permissions, bucket] as const),
      'Firehose and Athena name the files after partition, query and a random id',
      ...[READINGS_PREFIX, TRUSTED_PREFIX, QUERY_RESULTS_PREFIX],
    );
    return permissions;
  }
}
