/** One stack among others: it fits any region and any account, even twice in the same account. */
import { describe, expect, it } from 'vitest';
import { synthesize } from './support/synth.ts';

/** Properties that name a resource for the whole account or region. */
const NAME_PROPERTIES: Record<string, string> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Kinesis::Stream': 'Name',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::KinesisFirehose::DeliveryStream': 'DeliveryStreamName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::KMS::Alias': 'AliasName',
};

const plain = synthesize();

describe('the stack', () => {
  it('gives no name where CloudFormation can generate one', () => {
    const { resources } = plain;
    for (const [id, { Type, Properties }] of Object.entries(resources)) {
      // The functions tell its name, and it shows the functions: CloudFormation could make neither first.
      if (Type === 'AWS::CloudWatch::Dashboard') continue;
      const property = NAME_PROPERTIES[Type];
      if (property) expect(Properties, id).not.toHaveProperty(property);
    }
  });

  it('gives resources that must have a name different names in two stacks', () => {
    const names = ['Streamwatch', 'Streamwatch-staging'].map((name) => {
      const stack = synthesize({}, { name });
      return {
        database: stack.only('AWS::Glue::Database').Properties.DatabaseInput.Name,
        workGroup: stack.only('AWS::Athena::WorkGroup', 'Catalog').Properties.Name,
        maintenance: stack.only('AWS::Athena::WorkGroup', 'Trusted').Properties.Name,
        schedules: stack.only('AWS::Scheduler::ScheduleGroup', 'Trusted').Properties.Name,
        looks: stack.only('AWS::Scheduler::ScheduleGroup', 'Watchdog').Properties.Name,
        metrics: stack.only('AWS::Lambda::Function', 'Detector').Properties.Environment.Variables
          .POWERTOOLS_METRICS_NAMESPACE,
        dashboard: JSON.stringify(stack.only('AWS::CloudWatch::Dashboard').Properties.DashboardName),
      };
    });
    for (const key of [
      ...['database', 'workGroup', 'maintenance', 'schedules', 'looks', 'metrics', 'dashboard'],
    ] as const) {
      expect(names[0]?.[key]).not.toBe(names[1]?.[key]);
    }
    // Athena and Glue convert names to lower case.
    for (const { database } of names) expect(database).toMatch(/^[a-z0-9_]{1,255}$/);
  });

  it('mentions no region, account or partition unless it is given one', () => {
    const text = JSON.stringify(plain.resources);
    expect(text.match(/\b(us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b/)).toBeNull();
    expect(text.match(/\b\d{12}\b/)).toBeNull();
    expect(text.includes('arn:aws:')).toBe(false);
  });

  it.each(['us-east-1', 'eu-central-1', 'ap-southeast-2'])('fits %s with the same resources', (region) => {
    const here = synthesize({}, { env: { account: '123456789012', region } });
    expect(Object.keys(here.resources)).toEqual(Object.keys(plain.resources));
    const elsewhere = ['us-east-1', 'eu-central-1', 'ap-southeast-2'].filter((other) => other !== region);
    const text = JSON.stringify(here.resources);
    expect(elsewhere.filter((other) => text.includes(other))).toEqual([]);
  });

  it('keeps every bucket and the policy of sites when it is deleted, and nothing that would block the next deployment', () => {
    const { resources } = plain;
    const kept = Object.values(resources).filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain');
    const buckets = ['AWS::S3::Bucket', 'AWS::S3::Bucket', 'AWS::S3::Bucket'];
    expect(kept.map(({ Type }) => Type).sort()).toEqual(['AWS::IoT::Policy', ...buckets]);
    // The next deployment makes one of another name.
    expect(plain.only('AWS::IoT::Policy').Properties).not.toHaveProperty('PolicyName');
    for (const { DeletionPolicy, UpdateReplacePolicy } of Object.values(resources)) {
      expect(UpdateReplacePolicy).toBe(DeletionPolicy);
    }
  });

  it('is far from the limits of a template', () => {
    const { bytes, resources } = plain;
    expect(Object.keys(resources).length).toBeLessThan(250);
    // CloudFormation accepts a megabyte.
    expect(bytes).toBeLessThan(500_000);
  });
});
