/** Delivers readings, alerts and refusals to the lake as Parquet files. */
import type { Database, S3Table } from 'aws-cdk-lib/aws-glue';
import { Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { DeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { FirehoseSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { LAKE_HOUR_PATTERN } from '../../services/contract/time.ts';
import { ParquetDelivery } from './parquet-delivery.ts';
import { acknowledge } from './parts/acknowledge.ts';
import { allow } from './parts/allow.ts';
import type { Config } from './settings/config.ts';
import { ALERTS_PREFIX, READINGS_PREFIX, REFUSED_PREFIX } from './storage.ts';

interface LakeProps {
  config: Config;
  stream: Stream;
  alertTopic: ITopic;
  silencedTopic: ITopic;
  refusedTopic: ITopic;
  bucket: Bucket;
  database: Database;
  readings: S3Table;
  /** Changes readings on their way. */
  transform: IFunction | undefined;
  alerts: S3Table;
  refused: S3Table;
}

export class Lake extends Construct {
  readonly readings: ParquetDelivery;
  readonly alerts: ParquetDelivery;
  readonly refused: ParquetDelivery;

  constructor(scope: Construct, id: string, props: LakeProps) {
    super(scope, id);
    const { config, bucket, database } = props;
    // All have `timestamp_sent`, so all are partitioned in the same way.
    const partitions = {
      dt: slice('timestamp_sent', LAKE_HOUR_PATTERN, 0, 10),
      hour: slice('timestamp_sent', LAKE_HOUR_PATTERN, 11, 13),
    };
    this.readings = new ParquetDelivery(this, 'Readings', {
      config,
      source: props.stream,
      bucket,
      database,
      table: props.readings,
      prefix: READINGS_PREFIX,
      partitions,
      transform: props.transform,
    });
    this.alerts = new ParquetDelivery(this, 'Alerts', {
      config,
      bucket,
      database,
      table: props.alerts,
      prefix: ALERTS_PREFIX,
      partitions,
    });
    this.refused = new ParquetDelivery(this, 'Refused', {
      config,
      bucket,
      database,
      table: props.refused,
      prefix: REFUSED_PREFIX,
      partitions,
    });
    const recording = this.recorder();
    const alerts = recording(props.alertTopic, this.alerts.deliveryStream);
    acknowledge(
      alerts,
      'SNS retries Firehose for 23 days, and the alarm AlertsNotDelivered reports what fails',
      'Serverless-SNSRedrivePolicy',
    );
    const silenced = recording(props.silencedTopic, this.alerts.deliveryStream);
    acknowledge(
      silenced,
      'SNS retries Firehose for 23 days, and the person who set the silence knows of it',
      'Serverless-SNSRedrivePolicy',
    );
    const refused = recording(props.refusedTopic, this.refused.deliveryStream);
    acknowledge(
      refused,
      'SNS retries Firehose for 23 days; the health metrics count what is refused all the same',
      'Serverless-SNSRedrivePolicy',
    );
  }

  /** Subscribes a delivery stream to a topic, without code in between. */
  private recorder() {
    const role = new Role(this, 'RecordingRole', {
      assumedBy: new ServicePrincipal('sns.amazonaws.com'),
      description: 'Streamwatch topics: writes every alert and refusal to the lake',
    });
    const permissions = new Policy(this, 'RecordingPermissions', {
      roles: [role],
      statements: [
        allow(
          'RecordAlerts',
          ['firehose:DescribeDeliveryStream', 'firehose:PutRecord', 'firehose:PutRecordBatch'],
          ...[this.alerts, this.refused].map(({ deliveryStream }) => deliveryStream.deliveryStreamArn),
        ),
      ],
    });
    return (topic: ITopic, deliveryStream: DeliveryStream) => {
      const subscription = topic.addSubscription(
        new FirehoseSubscription(deliveryStream, {
          // The row alone, without SNS' envelope: its fields are the table's columns.
          rawMessageDelivery: true,
          role: role.withoutPolicyUpdates(),
        }),
      );
      subscription.node.addDependency(permissions);
      return subscription;
    };
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
