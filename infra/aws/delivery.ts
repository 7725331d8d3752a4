/** Delivers readings and alerts to the lake as Parquet files. */
import type { Database, S3Table } from 'aws-cdk-lib/aws-glue';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { FirehoseSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { SENT_HOUR_PATTERN } from '../../services/contract/reading.ts';
import { ParquetDelivery } from './parquet-delivery.ts';
import type { Config } from './settings/config.ts';
import { ALERTS_PREFIX, READINGS_PREFIX } from './storage.ts';

interface LakeProps {
  config: Config;
  stream: Stream;
  alertTopic: ITopic;
  bucket: Bucket;
  database: Database;
  readings: S3Table;
  alerts: S3Table;
}

export class Lake extends Construct {
  readonly readings: ParquetDelivery;
  readonly alerts: ParquetDelivery;

  constructor(scope: Construct, id: string, props: LakeProps) {
    super(scope, id);
    const { config, bucket, database } = props;
    // Both have `timestamp_sent`, so both are partitioned in the same way.
    const partitions = {
      dt: slice('timestamp_sent', SENT_HOUR_PATTERN, 0, 10),
      hour: slice('timestamp_sent', SENT_HOUR_PATTERN, 11, 13),
    };
    this.readings = new ParquetDelivery(this, 'Readings', {
      config,
      source: props.stream,
      bucket,
      database,
      table: props.readings,
      prefix: READINGS_PREFIX,
      partitions,
    });
    this.alerts = new ParquetDelivery(this, 'Alerts', {
      config,
      bucket,
      database,
      table: props.alerts,
      prefix: ALERTS_PREFIX,
      partitions,
    });
    this.recordAlerts(props.alertTopic);
  }

  /** Subscribes the delivery stream of alerts to the topic, without code in between. */
  private recordAlerts(topic: ITopic): void {
    const role = new Role(this, 'RecordingRole', {
      assumedBy: new ServicePrincipal('sns.amazonaws.com'),
      description: 'Streamwatch alert topic: writes every alert to the lake',
    });
    const permissions = new Policy(this, 'RecordingPermissions', {
      roles: [role],
      statements: [
        new PolicyStatement({
          sid: 'RecordAlerts',
          actions: ['firehose:DescribeDeliveryStream', 'firehose:PutRecord', 'firehose:PutRecordBatch'],
          resources: [this.alerts.deliveryStream.deliveryStreamArn],
        }),
      ],
    });
    const subscription = topic.addSubscription(
      new FirehoseSubscription(this.alerts.deliveryStream, {
        // The alert alone, without SNS' envelope: its fields are the table's columns.
        rawMessageDelivery: true,
        role: role.withoutPolicyUpdates(),
      }),
    );
    subscription.node.addDependency(permissions);
    Validations.of(subscription).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason: 'SNS retries Firehose for 23 days, and the alarm AlertsNotDelivered reports what fails',
    });
  }
}

/**
 * A jq expression for part of a field, after checking the field's form. Without the check, jq silently returns an empty
 * key for a missing or mistyped field, and the record would end up in a folder that no query reads.
 */
function slice(field: string, pattern: RegExp, from: number, to: number): string {
  // jq's `\\d` also matches digits of other scripts; JavaScript's does not.
  const ascii = pattern.source.replaceAll('\\d', '[0-9]');
  const valid = `type == "string" and test(${JSON.stringify(ascii)})`;
  return `(.${field} | if ${valid} then .[${from}:${to}] else error("${field}") end)`;
}
