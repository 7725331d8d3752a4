/** A delivery stream that turns lines of JSON into Parquet files of one lake table. */
import type { CfnTable, Database, S3Table } from 'aws-cdk-lib/aws-glue';
import { Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import {
  DeliveryStream,
  EnableLogging,
  InputFormat,
  KinesisStreamSource,
  LambdaFunctionProcessor,
  MetadataExtractionProcessor,
  ParquetOutputFormat,
  RecordDeAggregationProcessor,
  S3Bucket,
  SchemaConfiguration,
  StreamEncryption,
} from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogStream } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeObjects } from './parts/acknowledge.ts';
import { allow, allowInOwnBucket } from './parts/allow.ts';
import { expiringLogGroup } from './parts/log-group.ts';
import type { Config } from './settings/config.ts';
import { ERRORS_PREFIX } from './storage.ts';

interface ParquetDeliveryProps {
  config: Config;
  /** The stream that records come from; without it, records are put directly. */
  source?: Stream;
  database: Database;
  table: S3Table;
  bucket: Bucket;
  /** Folder of the table in the bucket, such as `readings/`; errors go to a folder of that name under `errors/TYPE/`. */
  prefix: string;
  /** Partition column → jq expression for one line; it must end in `error` for a line without a valid value. */
  partitions: Record<string, string>;
  /** Called with each line before it is partitioned. */
  transform?: IFunction | undefined;
}

const TRANSFORMING = ['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'];
const READING = [
  ...['kinesis:DescribeStream', 'kinesis:GetShardIterator', 'kinesis:GetRecords', 'kinesis:ListShards'],
];

export class ParquetDelivery extends Construct {
  readonly deliveryStream: DeliveryStream;

  constructor(scope: Construct, id: string, props: ParquetDeliveryProps) {
    super(scope, id);
    const { config, source, bucket, prefix, partitions, transform } = props;
    const logGroup = expiringLogGroup(this, 'Logs', config);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com'),
      description: `Streamwatch delivery of ${prefix}: reads the source, writes the lake`,
    });
    const permissions = new Policy(this, 'Permissions', {
      roles: [role],
      statements: this.permissions(props, [prefix, ERRORS_PREFIX], logGroup.logGroupArn),
    });
    // CDK's own grants would also allow reading and deleting in the whole bucket.
    const grantless = role.withoutPolicyUpdates();

    const folders = Object.keys(partitions).map((key) => `${key}=!{partitionKeyFromQuery:${key}}/`);
    this.deliveryStream = new DeliveryStream(this, 'Stream', {
      source: source && new KinesisStreamSource(source),
      // With a stream as the source, that stream's encryption applies.
      encryption: source ? undefined : StreamEncryption.awsOwnedKey(),
      role: grantless,
      destination: new S3Bucket(bucket, {
        role: grantless,
        dataOutputPrefix: `${prefix}${folders.join('')}`,
        errorOutputPrefix: `${ERRORS_PREFIX}!{firehose:error-output-type}/${prefix}!{timestamp:yyyy/MM/dd}/`,
        bufferingSize: Size.mebibytes(config.deliveryBufferMb),
        bufferingInterval: Duration.seconds(config.deliveryBufferSeconds),
        dynamicPartitioning: { enabled: true },
        processors: [
          // Split at newlines, not by JSON object, so that a malformed line fails alone. The template shows the
          // delimiter as base64 (`Cg==`), because Firehose wants it so.
          RecordDeAggregationProcessor.delimited('\n'),
          ...(transform ? [new LambdaFunctionProcessor(transform)] : []),
          MetadataExtractionProcessor.jq16(partitions),
        ],
        dataFormatConversion: {
          schemaConfiguration: SchemaConfiguration.fromCfnTable(props.table.node.defaultChild as CfnTable),
          inputFormat: InputFormat.OPENX_JSON,
          outputFormat: new ParquetOutputFormat({ enableDictionaryCompression: true }),
        },
        loggingConfig: new EnableLogging(logGroup),
      }),
    });
    // CDK created this log stream, and would leave it behind.
    const errorLog = logGroup.node.findChild('S3Destination') as LogStream;
    errorLog.applyRemovalPolicy(RemovalPolicy.DESTROY);
    // Firehose tests the role when the stream is created, so the permissions must exist by then.
    this.deliveryStream.node.addDependency(permissions);

    // Findings of cdk-nag that are intended.
    const random = 'Firehose names the files after partition, time and a random id';
    acknowledgeObjects(permissions, bucket, random, prefix, ERRORS_PREFIX);
    const encrypted = 'The source stream is encrypted; Firehose then does not allow encryption of its own';
    if (source) acknowledge(this.deliveryStream, encrypted, 'AwsSolutions-KDF1');
  }

  /** https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html */
  private permissions(props: ParquetDeliveryProps, written: string[], logGroupArn: string) {
    const { source, bucket, database, table, transform } = props;
    const glue = (resource: string, resourceName?: string) =>
      Stack.of(this).formatArn({ service: 'glue', resource, resourceName });
    return [
      allowInOwnBucket(
        'WriteFiles',
        ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'],
        ...written.map((path) => bucket.arnForObjects(`${path}*`)),
      ),
      allow(
        'FindBucket',
        ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
        bucket.bucketArn,
      ),
      allow(
        'ReadColumns',
        ['glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions'],
        glue('catalog'),
        glue('database', database.databaseName),
        glue('table', `${database.databaseName}/${table.tableName}`),
      ),
      allow('WriteLogs', ['logs:PutLogEvents'], logGroupArn),
      ...(transform ? [allow('Transform', TRANSFORMING, transform.functionArn)] : []),
      ...(source ? [allow('ReadStream', READING, source.streamArn)] : []),
    ];
  }
}
