/** How the parts fit together: ingest, detection, state and outputs. */
import { describe, expect, it } from 'vitest';
import { parseOutputs } from '../../../infra/cli/outputs.ts';
import { METRICS_NAMESPACE } from '../../../services/contract/detector-metrics.ts';
import { STACK_NAME } from '../../../services/contract/stack.ts';
import { synthesize } from './support/synth.ts';

const stack = synthesize({ alertEmail: 'you@example.com' });
const arnOf = (type: string, idPart = '') => {
  const [id] = stack.all(type).find(([key]) => key.includes(idPart)) ?? [];
  return { 'Fn::GetAtt': [id, 'Arn'] };
};

describe('stream', () => {
  it('is encrypted', () => {
    expect(stack.only('AWS::Kinesis::Stream').Properties.StreamEncryption).toEqual({
      EncryptionType: 'KMS',
      KeyId: 'alias/aws/kinesis',
    });
  });
});

/** No output names it: nobody subscribes to it but the lake. */
const SILENCED = stack.all('AWS::SNS::Topic').find(([id]) => id.includes('Silenced'))?.[0];

describe('detector', () => {
  const { Properties } = stack.only('AWS::Lambda::Function', 'Detector');

  it('runs on Node 24 on arm64, without tracing by default', () => {
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
    });
  });

  it('gets the names of the resources that it uses', () => {
    expect(Properties.Environment.Variables).toEqual({
      STATE_TABLE_NAME: stack.outputs.StateTableName?.Value,
      MODEL_TABLE_NAME: stack.outputs.ModelTableName?.Value,
      MODEL_PERIOD_SECONDS: '1200',
      ALERT_TOPIC_ARN: stack.outputs.AlertTopicArn?.Value,
      SILENCED_TOPIC_ARN: { Ref: SILENCED },
      REFUSED_TOPIC_ARN: stack.outputs.RefusedTopicArn?.Value,
      FAILURE_BUCKET_NAME: stack.outputs.FailureBucketName?.Value,
      ATHENA_DATABASE: stack.outputs.DatabaseName?.Value,
      READINGS_TABLE: stack.outputs.ReadingsTableName?.Value,
      BATCH_SIZE: '100',
      STACK_NAME: { Ref: 'AWS::StackName' },
      ATHENA_WORK_GROUP: stack.outputs.WorkGroupName?.Value,
      DASHBOARD_NAME: stack.only('AWS::CloudWatch::Dashboard').Properties.DashboardName,
      POWERTOOLS_SERVICE_NAME: 'detector',
      POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
      POWERTOOLS_LOG_LEVEL: 'INFO',
    });
  });

  it('writes to its own expiring log group', () => {
    const [id] = stack.all('AWS::Logs::LogGroup').find(([key]) => key.includes('Detector')) ?? [];
    expect(Properties.LoggingConfig).toEqual({ LogGroup: { Ref: id } });
  });
});

describe('watchdog', () => {
  const { Properties } = stack.only('AWS::Lambda::Function', 'Watchdog');

  it('gets the names of the resources that it uses, and is over before its next look', () => {
    expect(Object.keys(Properties.Environment.Variables)).toEqual([
      ...['STATE_TABLE_NAME', 'ALERT_TOPIC_ARN', 'SILENCED_TOPIC_ARN', 'FAILURE_BUCKET_NAME'],
      ...['ATHENA_DATABASE', 'READINGS_TABLE', 'STACK_NAME', 'ATHENA_WORK_GROUP', 'DASHBOARD_NAME'],
      ...['POWERTOOLS_SERVICE_NAME', 'POWERTOOLS_METRICS_NAMESPACE', 'POWERTOOLS_LOG_LEVEL'],
    ]);
    expect(Properties.Timeout).toBeLessThan(60);
  });

  it('looks once a minute, and never for a minute that is over', () => {
    const schedule = stack.only('AWS::Scheduler::Schedule', 'Watchdog').Properties;
    const [id] = stack.all('AWS::Lambda::Function').find(([key]) => key.includes('Watchdog')) ?? [];
    expect(schedule).toMatchObject({
      ...{ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED', FlexibleTimeWindow: { Mode: 'OFF' } },
      Target: {
        Arn: { 'Fn::GetAtt': [id, 'Arn'] },
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    });
    expect(stack.only('AWS::Lambda::EventInvokeConfig', 'Watchdog').Properties).toMatchObject({
      ...{ FunctionName: { Ref: id }, MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
    });
  });

  it('finds every site by the index, which holds what it needs and no more', () => {
    const [index] = stack.only('AWS::DynamoDB::Table', 'State').Properties.GlobalSecondaryIndexes;
    expect(index).toEqual({
      IndexName: 'fronts',
      KeySchema: [
        { AttributeName: 'presence', KeyType: 'HASH' },
        { AttributeName: 'site_id', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['front', 'devices'] },
    });
  });
});

describe('event source mapping', () => {
  const { Properties } = stack.only('AWS::Lambda::EventSourceMapping');

  it('feeds the stream to the detector from its beginning', () => {
    expect(Properties).toMatchObject({
      EventSourceArn: arnOf('AWS::Kinesis::Stream'),
      FunctionName: stack.outputs.DetectorFunctionName?.Value,
      StartingPosition: 'TRIM_HORIZON',
    });
  });

  it('retries from the first failure, halves, gives up after finitely many tries, and then keeps the records in S3', () => {
    expect(Properties).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: arnOf('AWS::S3::Bucket', 'Failures') } },
    });
    expect(Properties.MaximumRetryAttempts).toBeGreaterThanOrEqual(0);
  });

  it('waits for a detector that cannot be invoked as long as the stream keeps its records', () => {
    expect(Properties.MaximumRecordAgeInSeconds).toBe(-1);
  });

  it('filters nothing, because a filter drops packed records', () => {
    expect(Properties).not.toHaveProperty('FilterCriteria');
  });

  it('waits for the permissions that Lambda tests when it creates the mapping', () => {
    const [policy] = stack.all('AWS::IAM::Policy').find(([id]) => id.includes('DetectorPermissions')) ?? [];
    expect(stack.only('AWS::Lambda::EventSourceMapping').DependsOn).toContain(policy);
  });
});

describe('the tables', () => {
  const careful = {
    TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
    BillingMode: 'PAY_PER_REQUEST',
    SSESpecification: { SSEEnabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  };

  it.each([
    ['State', 'device_rule', 'S'],
    ['Models', 'chunk', 'N'],
  ])('%s has the key, the expiry and the billing that the detector relies on', (id, sortKey, type) => {
    expect(stack.only('AWS::DynamoDB::Table', id).Properties).toMatchObject({
      ...careful,
      KeySchema: [
        { AttributeName: 'site_id', KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: expect.arrayContaining([{ AttributeName: sortKey, AttributeType: type }]),
    });
  });
});

describe('outputs', () => {
  it('are those that the commands read', () => {
    const asDeployed = Object.fromEntries(Object.keys(stack.outputs).map((name) => [name, `${name} value`]));
    const parsed = parseOutputs(JSON.stringify({ [STACK_NAME]: asDeployed }), 'test');
    expect({ ...asDeployed, StackName: STACK_NAME }).toMatchObject(parsed);
  });

  it('each name a resource of the right type', () => {
    const types = Object.fromEntries(
      Object.entries(stack.outputs).map(([name, { Value }]) => {
        const id = (Value as { Ref?: string }).Ref;
        return [name, id ? (stack.resources[id]?.Type ?? id) : 'literal'];
      }),
    );
    expect(types).toEqual({
      Region: 'AWS::Region',
      StreamName: 'AWS::Kinesis::Stream',
      EdgeRoleAlias: 'AWS::IoT::RoleAlias',
      EdgePolicyName: 'AWS::IoT::Policy',
      EdgeRoleName: 'AWS::IAM::Role',
      AlertTopicArn: 'AWS::SNS::Topic',
      RefusedTopicArn: 'AWS::SNS::Topic',
      LakeBucketName: 'AWS::S3::Bucket',
      FailureBucketName: 'AWS::S3::Bucket',
      DatabaseName: 'AWS::Glue::Database',
      ReadingsTableName: 'AWS::Glue::Table',
      AlertsTableName: 'AWS::Glue::Table',
      RefusedTableName: 'AWS::Glue::Table',
      TrustedTableName: 'literal',
      WorkGroupName: 'literal',
      MaintenanceWorkGroupName: 'literal',
      StateTableName: 'AWS::DynamoDB::Table',
      ModelTableName: 'AWS::DynamoDB::Table',
      DetectorFunctionName: 'AWS::Lambda::Function',
      NotifierFunctionName: 'AWS::Lambda::Function',
      ChannelsPath: 'literal',
      ChannelFailuresUrl: 'AWS::SQS::Queue',
      SentTableName: 'AWS::DynamoDB::Table',
      AnalystPolicyArn: 'AWS::IAM::ManagedPolicy',
      OnCallPolicyArn: 'AWS::IAM::ManagedPolicy',
      ProducerPolicyArn: 'AWS::IAM::ManagedPolicy',
      OperationsTopicArn: 'AWS::SNS::Topic',
      DashboardName: 'AWS::CloudWatch::Dashboard',
    });
    expect(stack.outputs.LakeBucketName?.Value).not.toEqual(stack.outputs.FailureBucketName?.Value);
    expect(stack.outputs.AlertTopicArn?.Value).not.toEqual(stack.outputs.OperationsTopicArn?.Value);
    expect(stack.outputs.AlertTopicArn?.Value).not.toEqual(stack.outputs.RefusedTopicArn?.Value);
    expect(stack.outputs.ReadingsTableName?.Value).not.toEqual(stack.outputs.AlertsTableName?.Value);
    for (const [output, part] of [
      ['WorkGroupName', 'Catalog'],
      ['MaintenanceWorkGroupName', 'Trusted'],
    ] as const) {
      const { Name } = stack.only('AWS::Athena::WorkGroup', part).Properties;
      expect(stack.outputs[output]?.Value).toBe(Name);
    }
  });
});
