/** The buckets: private, encrypted, TLS only, and kept when the stack goes. */
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Config } from './config.ts';

/** Where things are in the lake's bucket. */
export const READINGS_PREFIX = 'readings/';
export const ALERTS_PREFIX = 'alerts/';
export const ERRORS_PREFIX = 'errors/';
export const QUERY_RESULTS_PREFIX = 'query-results/';
/** In the failure bucket: where `npm run redrive` puts what has been processed after all. */
const REDRIVEN_PREFIX = 'redriven/';

const ACCESS_LOG_RETENTION = Duration.days(90);
const QUERY_RESULT_RETENTION = Duration.days(30);
const REDRIVEN_RETENTION = Duration.days(90);

export class Storage extends Construct {
  /** History: readings, alerts, what could not be converted, and results of queries. */
  readonly lake: Bucket;
  /** Batches that the detector could not process, with their records. */
  readonly failures: Bucket;

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
          ? [{ prefix: READINGS_PREFIX, expiration: Duration.days(config.lakeRetentionDays) }]
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
  }
}

const guarded: BucketProps = {
  encryption: BucketEncryption.S3_MANAGED,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  removalPolicy: RemovalPolicy.RETAIN,
};
