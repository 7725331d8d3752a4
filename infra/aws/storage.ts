/** The buckets: private, encrypted, TLS only, and kept when the stack is deleted. */
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type CfnBucket,
} from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { EDGE_ERRORS_PREFIX } from '../../services/contract/edge.ts';
import { FailureQueue } from './parts/failure-queue.ts';
import type { Config } from './settings/config.ts';

/** Folders in the lake's bucket. */
export const READINGS_PREFIX = 'readings/';
export const ALERTS_PREFIX = 'alerts/';
export const REFUSED_PREFIX = 'refused/';
export const ERRORS_PREFIX = 'errors/';
export const QUERY_RESULTS_PREFIX = 'query-results/';
/** In the failure bucket: chosen by Lambda, `aws/lambda/<mapping>/<shard>/yyyy/mm/dd/…`. */
export const FAILED_BATCHES_PREFIX = 'aws/lambda/';
/** In the failure bucket: what the detector itself sets aside, because no retry can help. */
export const SET_ASIDE_PREFIX = 'set-aside/';
/** In the failure bucket: where `npm run redrive` moves batches that have been processed after all. */
export const REDRIVEN_PREFIX = 'redriven/';

const ACCESS_LOG_RETENTION = Duration.days(90);
const QUERY_RESULT_RETENTION = Duration.days(30);
const REDRIVEN_RETENTION = Duration.days(90);
/** The longest retention that SQS offers. */
const FAILED_BATCH_RETENTION = Duration.days(14);

export class Storage extends Construct {
  /** History: readings, alerts, records that could not be converted, and query results. */
  readonly lake: Bucket;
  /** Batches that the detector could not process, and readings that it set aside, with their records. */
  readonly failures: Bucket;
  /** One message for each batch that was written to the failure bucket. */
  readonly failedBatches: Queue;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const accessLogs = new Bucket(this, 'AccessLogs', {
      ...guarded,
      lifecycleRules: [
        { expiration: ACCESS_LOG_RETENTION, abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    this.lake = new Bucket(this, 'Lake', {
      ...guarded,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'lake/',
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
        { prefix: QUERY_RESULTS_PREFIX, expiration: QUERY_RESULT_RETENTION },
        ...(config.lakeRetentionDays > 0
          ? [READINGS_PREFIX, ERRORS_PREFIX].map((prefix) => ({
              ...{ prefix, expiration: Duration.days(config.lakeRetentionDays) },
            }))
          : []),
      ],
    });
    this.failures = new Bucket(this, 'Failures', {
      ...guarded,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'failures/',
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
        { prefix: REDRIVEN_PREFIX, expiration: REDRIVEN_RETENTION },
      ],
    });
    // Else a bucket that is kept would take requests without TLS from then on, and have no access log.
    for (const { policy } of [accessLogs, this.lake, this.failures]) {
      policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
    // CDK's own property would use a function for this, with permission to change the notifications of every bucket.
    (this.failures.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    const watched = [FAILED_BATCHES_PREFIX, ...(config.edgeMqtt === 'on' ? [EDGE_ERRORS_PREFIX] : [])];
    this.failedBatches = new FailureQueue(this, 'FailedBatches', {
      description: 'Streamwatch: batches that the detector could not process',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [this.failures.bucketName] },
          object: { key: watched.map((prefix) => ({ prefix })) },
        },
      },
      retention: FAILED_BATCH_RETENTION,
    }).queue;
  }
}

const guarded: BucketProps = {
  encryption: BucketEncryption.S3_MANAGED,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  removalPolicy: RemovalPolicy.RETAIN,
};
