/**
 * A stack of an earlier release becomes this one in place: CloudFormation replaces nothing that holds data or a place in
 * the stream. `support/version-0.1.0.json` is what it would compare, out of that release's template.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Resource, synthesize } from './support/synth.ts';

type Resources = Record<string, Resource>;

/** "Update requires: Replacement" in CloudFormation's reference, of the types that hold something or stand somewhere. */
const REPLACED_BY: Record<string, readonly string[]> = {
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::Kinesis::Stream': ['Name'],
  'AWS::DynamoDB::Table': ['TableName', 'KeySchema', 'LocalSecondaryIndexes'],
  'AWS::KinesisFirehose::DeliveryStream': [
    ...['DeliveryStreamName', 'DeliveryStreamType', 'KinesisStreamSourceConfiguration'],
  ],
  'AWS::Glue::Database': ['CatalogId', 'DatabaseName'],
  'AWS::Glue::Table': ['DatabaseName', 'Name'],
  'AWS::SNS::Topic': ['TopicName', 'FifoTopic'],
  'AWS::SNS::Subscription': ['Endpoint', 'Protocol', 'TopicArn'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::Logs::LogStream': ['LogGroupName', 'LogStreamName'],
  'AWS::IAM::Role': ['RoleName', 'Path'],
  'AWS::Lambda::Function': ['FunctionName', 'PackageType'],
  'AWS::Lambda::EventSourceMapping': ['EventSourceArn', 'StartingPosition', 'StartingPositionTimestamp'],
  'AWS::Athena::WorkGroup': ['Name'],
  // The reference says GroupName is updated in place; the update fails (aws-cdk issue 34216).
  'AWS::Scheduler::Schedule': ['Name', 'GroupName'],
  'AWS::Scheduler::ScheduleGroup': ['Name'],
};

/** Of their work nothing is kept from one run to the next. */
const MAY_GO = ['AWS::Scheduler::Schedule', 'AWS::Scheduler::ScheduleGroup'];

/** Glue tables as the fixture has them: columns by name, because Parquet is read by name. */
function withFlatTables(resources: Resources): Resources {
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => {
      if (resource.Type !== 'AWS::Glue::Table') return [id, resource];
      const { DatabaseName, TableInput } = resource.Properties;
      const { Columns, Location } = TableInput.StorageDescriptor;
      const Properties = {
        ...{ DatabaseName, Name: TableInput.Name, Location },
        ...{ Columns: typesOf(Columns), PartitionKeys: typesOf(TableInput.PartitionKeys) },
      };
      return [id, { ...resource, Properties }];
    }),
  );
}

const typesOf = (columns: { Name: string; Type: string }[]) =>
  Object.fromEntries(columns.map(({ Name, Type }) => [Name, Type]));

const before: Resources = JSON.parse(
  readFileSync(new URL('support/version-0.1.0.json', import.meta.url), 'utf8'),
);
const now: Resources = withFlatTables(synthesize().resources);

const replacingProperties = ({ Type, Properties = {} }: Resource) => {
  const names = REPLACED_BY[Type];
  if (!names) throw new Error(`Expected ${Type} in REPLACED_BY`);
  return Object.fromEntries(names.map((name) => [name, Properties[name]]));
};

const tablesOf = (resources: Resources) =>
  Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::Glue::Table');

describe('a stack of 0.1.0', () => {
  it('keeps everything that holds data or a place in the stream', () => {
    const held = Object.entries(before).filter(([, { Type }]) => !MAY_GO.includes(Type));
    expect(held.length).toBeGreaterThan(20);
    const changed = held.filter(
      ([id, resource]) =>
        now[id]?.Type !== resource.Type ||
        JSON.stringify(replacingProperties(resource)) !== JSON.stringify(replacingProperties(now[id])),
    );
    expect(changed.map(([id]) => id)).toEqual([]);
  });

  it('has schedules made anew instead of moved: no schedule of both has another name or group', () => {
    const schedules = Object.entries(before).filter(([, { Type }]) => MAY_GO.includes(Type));
    expect(schedules.length).toBeGreaterThan(0);
    const moved = schedules.filter(([id, resource]) => {
      const next = now[id];
      return (
        next && JSON.stringify(replacingProperties(next)) !== JSON.stringify(replacingProperties(resource))
      );
    });
    expect(moved.map(([id]) => id)).toEqual([]);
  });

  it('can read its Parquet files: no column is gone or has another type, and no place has moved', () => {
    const tables = tablesOf(before);
    expect(tables.map(([, { Properties }]) => Properties.Name).sort()).toEqual(['alerts', 'readings']);
    for (const [id, { Properties }] of tables) {
      expect(now[id]?.Properties.Columns).toMatchObject(Properties.Columns);
      expect(now[id]?.Properties.PartitionKeys).toEqual(Properties.PartitionKeys);
      expect(now[id]?.Properties.Location).toEqual(Properties.Location);
    }
  });

  it('gets at most one new index on a table, which is what an update can make', () => {
    const indexes = (resource: Resource | undefined): unknown[] =>
      resource?.Properties.GlobalSecondaryIndexes ?? [];
    for (const [id, table] of Object.entries(before)) {
      if (table.Type !== 'AWS::DynamoDB::Table') continue;
      expect(indexes(now[id]).length - indexes(table).length).toBeLessThanOrEqual(1);
    }
  });
});
