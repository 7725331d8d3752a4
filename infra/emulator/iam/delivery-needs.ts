/** Delivery streams: https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-s3 */
import { z } from 'zod';
import { arnOf, catalogArns } from '../stack/identities.ts';
import { keyBelow, type NeedsOf, withRole } from './stack-need.ts';

const DOCUMENT = 'https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html';

const schema = z.object({
  KinesisStreamSourceConfiguration: z
    .object({ KinesisStreamARN: z.string(), RoleARN: z.string() })
    .optional(),
  ExtendedS3DestinationConfiguration: z
    .object({
      ...{ BucketARN: z.string(), RoleARN: z.string() },
      ...{ Prefix: z.string().default(''), ErrorOutputPrefix: z.string().default('') },
      CloudWatchLoggingOptions: z
        .object({ LogGroupName: z.string().optional(), LogStreamName: z.string().optional() })
        .optional(),
      ProcessingConfiguration: z
        .object({
          Processors: z
            .array(
              z.object({
                Type: z.string(),
                Parameters: z
                  .array(z.object({ ParameterName: z.string(), ParameterValue: z.string() }))
                  .default([]),
              }),
            )
            .default([]),
        })
        .optional(),
      DataFormatConversionConfiguration: z
        .object({
          SchemaConfiguration: z
            .object({ DatabaseName: z.string(), TableName: z.string(), RoleARN: z.string() })
            .optional(),
        })
        .optional(),
    })
    .optional(),
});

const READ_STREAM = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListShards'];
const IN_BUCKET = ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'];
const ON_OBJECT = ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'];
const COLUMNS = ['glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions'];

const ofDeliveryStream: NeedsOf = ({ logicalId, arn: source, properties }) => {
  const { KinesisStreamSourceConfiguration: stream, ExtendedS3DestinationConfiguration: s3 } =
    schema.parse(properties);
  const use = (roleArn: string) => ({ roleArn, service: 'firehose', source });
  const all = stream
    ? withRole(logicalId, use(stream.RoleARN), [
        [READ_STREAM.map((name) => `kinesis:${name}`), [stream.KinesisStreamARN], DOCUMENT],
      ])
    : [];
  if (!s3) return all;
  const { LogGroupName: group, LogStreamName: log = 'x' } = s3.CloudWatchLoggingOptions ?? {};
  const objects = [s3.Prefix, s3.ErrorOutputPrefix].map((prefix) => `${s3.BucketARN}/${keyBelow(prefix)}`);
  const functions = (s3.ProcessingConfiguration?.Processors ?? []).flatMap(({ Type, Parameters }) =>
    Type === 'Lambda'
      ? Parameters.flatMap(({ ParameterName: name, ParameterValue: value }) =>
          name === 'LambdaArn' ? value : [],
        )
      : [],
  );
  all.push(
    ...withRole(logicalId, use(s3.RoleARN), [
      [IN_BUCKET, [s3.BucketARN], DOCUMENT],
      [ON_OBJECT, objects, DOCUMENT],
      [
        ['logs:PutLogEvents'],
        group === undefined ? [] : [arnOf('logs', `log-group:${group}:log-stream:${log}`)],
        DOCUMENT,
      ],
      [['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'], functions, DOCUMENT],
    ]),
  );
  const table = s3.DataFormatConversionConfiguration?.SchemaConfiguration;
  if (!table) return all;
  const columns = catalogArns(table.DatabaseName, table.TableName);
  return [...all, ...withRole(logicalId, use(table.RoleARN), [[COLUMNS, columns, DOCUMENT]])];
};

export const DELIVERY_NEEDS: Readonly<Record<string, NeedsOf>> = {
  'AWS::KinesisFirehose::DeliveryStream': ofDeliveryStream,
};
