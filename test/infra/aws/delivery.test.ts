import { describe, expect, it } from 'vitest';
import { savedQueries } from '../../../infra/aws/queries/saved-queries.ts';
import { ALERT_COLUMNS } from '../../../services/contract/alert.ts';
import { PARTITION_COLUMNS, READING_COLUMNS } from '../../../services/contract/lake-columns.ts';
import { REFUSAL_COLUMNS } from '../../../services/contract/refusal.ts';
import { type Resource, synthesize } from './support/synth.ts';

const stack = synthesize();
const lakeBucket = stack.outputs.LakeBucketName?.Value;
const inLake = (path: string) => ({ 'Fn::Join': ['', ['s3://', lakeBucket, `/${path}`]] });
const columns = (list: readonly { name: string; type: string; comment: string }[]) =>
  list.map(({ name, type, comment }) => ({ Name: name, Type: type, Comment: comment }));

describe.each([
  { what: 'Readings', prefix: 'readings/', fields: READING_COLUMNS, output: 'ReadingsTableName' },
  { what: 'Alerts', prefix: 'alerts/', fields: ALERT_COLUMNS, output: 'AlertsTableName' },
  { what: 'Refused', prefix: 'refused/', fields: REFUSAL_COLUMNS, output: 'RefusedTableName' },
])('$what', ({ what, prefix, fields, output }) => {
  const { Properties: delivery } = stack.only('AWS::KinesisFirehose::DeliveryStream', `Lake${what}`);
  const s3 = delivery.ExtendedS3DestinationConfiguration;
  const { Properties: table } = stack.only('AWS::Glue::Table', `Catalog${what}`);

  it('become Parquet with the columns of their own table, and with dictionaries', () => {
    expect(s3.DataFormatConversionConfiguration).toMatchObject({
      Enabled: true,
      InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
      OutputFormatConfiguration: { Serializer: { ParquetSerDe: { EnableDictionaryCompression: true } } },
      SchemaConfiguration: {
        DatabaseName: stack.outputs.DatabaseName?.Value,
        TableName: stack.outputs[output]?.Value,
        VersionId: 'LATEST',
      },
    });
    expect(s3).not.toHaveProperty('CompressionFormat');
  });

  it('are split at newlines, and by no other rule', () => {
    const [first, second, ...others] = s3.ProcessingConfiguration.Processors;
    expect(others).toEqual([]);
    expect(first.Type).toBe('RecordDeAggregation');
    const parameters = Object.fromEntries(
      first.Parameters.map((p: { ParameterName: string; ParameterValue: string }) => [
        p.ParameterName,
        p.ParameterValue,
      ]),
    );
    expect(parameters.SubRecordType).toBe('DELIMITED');
    expect(Buffer.from(parameters.Delimiter, 'base64').toString()).toBe('\n');
    expect(second.Type).toBe('MetadataExtraction');
  });

  it('are stored where the table looks for them', () => {
    expect(s3.DynamicPartitioningConfiguration).toEqual({ Enabled: true });
    const folder = `${prefix}dt=!{partitionKeyFromQuery:dt}/hour=!{partitionKeyFromQuery:hour}/`;
    expect(s3.Prefix).toBe(folder);
    const template = folder.replaceAll('!{partitionKeyFromQuery:', '${');
    expect(table.TableInput.Parameters['storage.location.template']).toEqual(inLake(template));
    expect(table.TableInput.StorageDescriptor.Location).toEqual(inLake(prefix));
  });

  it('that fail are stored separately, by kind of error, where no query looks', () => {
    expect(s3.ErrorOutputPrefix).toBe(
      `errors/!{firehose:error-output-type}/${prefix}!{timestamp:yyyy/MM/dd}/`,
    );
  });

  it('have the columns of the contract', () => {
    expect(table.TableInput.StorageDescriptor.Columns).toEqual(columns(fields));
    expect(table.TableInput.PartitionKeys).toEqual(columns(PARTITION_COLUMNS));
    for (const { Comment } of table.TableInput.StorageDescriptor.Columns) {
      expect(Comment.length).toBeLessThanOrEqual(255);
    }
  });

  it('have projected partitions: every hour of every day, and a day more for clocks that run ahead', () => {
    expect(table.TableInput.Parameters).toMatchObject({
      classification: 'parquet',
      'projection.enabled': 'true',
      'projection.dt.type': 'date',
      'projection.dt.format': 'yyyy-MM-dd',
      'projection.dt.range': '2024-01-01,NOW+1DAYS',
      'projection.hour.type': 'integer',
      'projection.hour.range': '0,23',
      'projection.hour.digits': '2',
    });
  });

  it('have a log for failures', () => {
    expect(s3.CloudWatchLoggingOptions.Enabled).toBe(true);
    expect(stack.resources[s3.CloudWatchLoggingOptions.LogGroupName.Ref]?.Type).toBe('AWS::Logs::LogGroup');
  });

  it('are delivered by a role whose permissions come first', () => {
    const [id] =
      stack.all('AWS::IAM::Policy').find(([key]) => key.startsWith(`Lake${what}Permissions`)) ?? [];
    expect(stack.only('AWS::KinesisFirehose::DeliveryStream', `Lake${what}`).DependsOn).toContain(id);
    expect(stack.resources[id ?? '']?.Properties.Roles).toEqual([{ Ref: s3.RoleARN['Fn::GetAtt'][0] }]);
  });
});

describe('sources', () => {
  it('readings come from the stream', () => {
    const { Properties } = stack.only('AWS::KinesisFirehose::DeliveryStream', 'LakeReadings');
    const [stream] = stack.all('AWS::Kinesis::Stream')[0] ?? [];
    expect(Properties.DeliveryStreamType).toBe('KinesisStreamAsSource');
    expect(Properties.KinesisStreamSourceConfiguration.KinesisStreamARN).toEqual({
      'Fn::GetAtt': [stream, 'Arn'],
    });
  });

  it.each([
    ['Alerts', 'Alerts'],
    ['Alerts', 'Silenced'],
    ['Refused', 'Refused'],
  ])('%s come from the topic %s, without its envelope, and are encrypted in transit', (what, topic) => {
    const [id, { Properties }] = stack
      .all('AWS::KinesisFirehose::DeliveryStream')
      .find(([key]) => key.startsWith(`Lake${what}`)) as [string, Resource];
    expect(Properties.DeliveryStreamType).toBe('DirectPut');
    expect(Properties.DeliveryStreamEncryptionConfigurationInput).toEqual({ KeyType: 'AWS_OWNED_CMK' });
    const [topicId] = stack.all('AWS::SNS::Topic').find(([key]) => key.startsWith(`Detection${topic}`)) ?? [];
    const [, { Properties: subscription }] = stack
      .all('AWS::SNS::Subscription')
      .filter(([key]) => key.startsWith(`Lake${what}`))
      .find(([, one]) => one.Properties.TopicArn.Ref === topicId) as [string, Resource];
    expect(subscription).toMatchObject({
      Protocol: 'firehose',
      Endpoint: { 'Fn::GetAtt': [id, 'Arn'] },
      RawMessageDelivery: true,
    });
    expect(stack.resources[subscription.SubscriptionRoleArn['Fn::GetAtt'][0]]?.Type).toBe('AWS::IAM::Role');
  });
});

describe('Athena', () => {
  const { Properties: workGroup } = stack.only('AWS::Athena::WorkGroup', 'Catalog');

  it('keeps to the workgroup: its result folder, its encryption, its limit', () => {
    expect(workGroup.WorkGroupConfiguration).toMatchObject({
      EnforceWorkGroupConfiguration: true,
      ResultConfiguration: {
        OutputLocation: inLake('query-results/'),
        EncryptionConfiguration: { EncryptionOption: 'SSE_S3' },
      },
    });
    expect(workGroup.WorkGroupConfiguration.BytesScannedCutoffPerQuery).toBeGreaterThanOrEqual(10_000_000);
    expect(workGroup.RecursiveDeleteOption).toBe(true);
  });

  it('deletes results after a month', () => {
    const { Rules } = stack.only('AWS::S3::Bucket', 'StorageLake').Properties.LifecycleConfiguration;
    expect(Rules).toContainEqual({ ExpirationInDays: 30, Prefix: 'query-results/', Status: 'Enabled' });
  });

  it('offers every saved query, in this workgroup and database, for these tables', () => {
    const named = stack.all('AWS::Athena::NamedQuery');
    const expected = savedQueries({ database: 'd', readings: 'r', alerts: 'a', refused: 'f' });
    expect(expected.length).toBeGreaterThanOrEqual(4);
    expect(named.map(([, { Properties }]) => Properties.Name)).toEqual(expected.map(({ name }) => name));
    for (const [, { Properties, DependsOn }] of named) {
      expect(Properties.WorkGroup).toBe(workGroup.Name);
      expect(Properties.Database).toEqual(stack.outputs.DatabaseName?.Value);
      expect(JSON.stringify(Properties.QueryString)).toMatch(/"Ref":"Catalog(Readings|Alerts|Refused)Table/);
      expect(DependsOn).toEqual([
        stack.all('AWS::Athena::WorkGroup').find(([id]) => id.startsWith('Catalog'))?.[0],
      ]);
    }
  });
});
