/** Every knob reaches the one property that it is for. All values differ, so that a swap is noticed. */
import { describe, expect, it } from 'vitest';
import { KNOBS, parseConfig } from '../../../infra/aws/settings/config.ts';
import { TelemetryStack } from '../../../infra/aws/telemetry-stack.ts';
import { type Resource, synthesize, testApp } from './support/synth.ts';

const SENTINELS = {
  alertEmail: 'alerts@example.com',
  operationsEmail: 'operations@example.com',
  runbookUrl: 'https://runbooks.example.com/streamwatch',
  streamMode: 'provisioned',
  shards: 3,
  streamRetentionHours: 37,
  edgeMqtt: 'off',
  edgeHttp: 'off',
  edge: 'on',
  channels: 'on',
  batchSize: 71,
  batchWindowSeconds: 11,
  enhancedFanOut: 'on',
  parallelizationFactor: 7,
  maxRetries: 13,
  maxRecordAgeSeconds: 4321,
  modelPeriodMinutes: 30,
  detectorMemoryMb: 1234,
  detectorTimeoutSeconds: 43,
  tracing: 'on',
  dashboard: 'off',
  budgetUsd: 35,
  terminationProtection: 'on',
  logLevel: 'WARN',
  logRetentionDays: 14,
  deliveryBufferMb: 97,
  deliveryBufferSeconds: 123,
  extraFields: 'off',
  lakeRetentionDays: 777,
  queryScanLimitMb: 55,
} satisfies Record<keyof typeof KNOBS, string | number>;

type Row = [
  knob: keyof typeof KNOBS,
  type: string,
  read: (properties: Resource['Properties']) => unknown,
  expected: unknown,
];
const STREAM = 'AWS::Kinesis::Stream';
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const FUNCTION = 'AWS::Lambda::Function';
const DELIVERY = 'AWS::KinesisFirehose::DeliveryStream';
const s3 = (p: Resource['Properties']) => p.ExtendedS3DestinationConfiguration;

/** Settings of one function only, by a part of its logical id. */
const OF: Record<string, string> = {
  ...{ detectorMemoryMb: 'Detector', detectorTimeoutSeconds: 'Detector', modelPeriodMinutes: 'Detector' },
};

const ROWS: Row[] = [
  ['streamMode', STREAM, (p) => p.StreamModeDetails.StreamMode, 'PROVISIONED'],
  ['shards', STREAM, (p) => p.ShardCount, 3],
  ['streamRetentionHours', STREAM, (p) => p.RetentionPeriodHours, 37],
  ['batchSize', MAPPING, (p) => p.BatchSize, 71],
  ['batchWindowSeconds', MAPPING, (p) => p.MaximumBatchingWindowInSeconds, 11],
  ['parallelizationFactor', MAPPING, (p) => p.ParallelizationFactor, 7],
  ['maxRetries', MAPPING, (p) => p.MaximumRetryAttempts, 13],
  ['maxRecordAgeSeconds', MAPPING, (p) => p.MaximumRecordAgeInSeconds, 4321],
  ['modelPeriodMinutes', FUNCTION, (p) => p.Environment.Variables.MODEL_PERIOD_SECONDS, '1800'],
  ['detectorMemoryMb', FUNCTION, (p) => p.MemorySize, 1234],
  ['detectorTimeoutSeconds', FUNCTION, (p) => p.Timeout, 43],
  ['tracing', FUNCTION, (p) => p.TracingConfig.Mode, 'Active'],
  ['budgetUsd', 'AWS::Budgets::Budget', (p) => p.Budget.BudgetLimit.Amount, 35],
  ['logLevel', FUNCTION, (p) => p.Environment.Variables.POWERTOOLS_LOG_LEVEL, 'WARN'],
  ['logRetentionDays', 'AWS::Logs::LogGroup', (p) => p.RetentionInDays, 14],
  ['deliveryBufferMb', DELIVERY, (p) => s3(p).BufferingHints.SizeInMBs, 97],
  ['deliveryBufferSeconds', DELIVERY, (p) => s3(p).BufferingHints.IntervalInSeconds, 123],
];

describe('settings', () => {
  const stack = synthesize(SENTINELS);

  it.each(ROWS)('%s reaches every %s', (knob, type, read, expected) => {
    const concerned = stack.all(type).filter(([id]) => id.includes(OF[knob] ?? ''));
    const found = concerned.map(([, resource]) => read(resource.Properties));
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found)).toEqual(new Set([expected]));
  });

  it('alertEmail subscribes to the alerts and operationsEmail to the operations topic, not the other way round', () => {
    const mails = stack
      .all('AWS::SNS::Subscription')
      .filter(([, { Properties: p }]) => p.Protocol === 'email')
      .map(([, { Properties: p }]) => [p.TopicArn, p.Endpoint]);
    expect(mails).toEqual([
      [stack.outputs.AlertTopicArn?.Value, 'alerts@example.com'],
      [stack.outputs.OperationsTopicArn?.Value, 'operations@example.com'],
    ]);
  });

  it('enhancedFanOut gives the mapping a consumer of its own, which it may subscribe, and only then', () => {
    const [id] = stack.all('AWS::Kinesis::StreamConsumer')[0] ?? [];
    const { EventSourceArn } = stack.only(MAPPING, 'DetectionMapping').Properties;
    expect(JSON.stringify(EventSourceArn)).toContain(id);
    const statements = (from: typeof stack) =>
      JSON.stringify(from.only('AWS::IAM::Policy', 'DetectionDetectorPermissions').Properties);
    expect(statements(stack)).toContain('kinesis:SubscribeToShard');
    expect(statements(synthesize())).not.toContain('SubscribeToShard');
    expect(synthesize().all('AWS::Kinesis::StreamConsumer')).toEqual([]);
  });

  it('tracing allows the detector to write traces, and only then', () => {
    const statements = (from: typeof stack) =>
      JSON.stringify(from.only('AWS::IAM::Policy', 'DetectionDetectorPermissions').Properties);
    expect(statements(stack)).toContain('xray:PutTraceSegments');
    expect(statements(synthesize())).not.toContain('xray');
  });

  it('budgetUsd counts what has the tag of this stack, and tells the operations topic, which lets it', () => {
    const { Budget, NotificationsWithSubscribers } = stack.only('AWS::Budgets::Budget').Properties;
    expect(Budget.CostFilters).toEqual({ TagKeyValue: ['user:streamwatch-stack$Streamwatch'] });
    const topic = stack.outputs.OperationsTopicArn?.Value;
    for (const { Subscribers } of NotificationsWithSubscribers) {
      expect(Subscribers).toEqual([{ SubscriptionType: 'SNS', Address: topic }]);
    }
    expect(JSON.stringify(stack.only('AWS::SNS::TopicPolicy', 'Operations'))).toContain('BudgetsPublish');
    expect(JSON.stringify(stack.only('AWS::KMS::Key'))).toContain('BudgetsEncrypt');
    expect(synthesize().all('AWS::Budgets::Budget')).toEqual([]);
  });

  it('dashboard=off removes the dashboard, and its output with it', () => {
    expect(stack.all('AWS::CloudWatch::Dashboard')).toEqual([]);
    expect(stack.outputs).not.toHaveProperty('DashboardName');
    expect(synthesize().all('AWS::CloudWatch::Dashboard')).toHaveLength(1);
  });

  it('lakeRetentionDays deletes old readings, and what became no row, and nothing else', () => {
    const rules = stack.only('AWS::S3::Bucket', 'StorageLake').Properties.LifecycleConfiguration.Rules;
    for (const Prefix of ['readings/', 'errors/']) {
      expect(rules).toContainEqual({ ExpirationInDays: 777, Prefix, Status: 'Enabled' });
    }
    const forEver = synthesize().only('AWS::S3::Bucket', 'StorageLake').Properties.LifecycleConfiguration
      .Rules;
    expect(forEver.filter((rule: { Prefix?: string }) => rule.Prefix === 'readings/')).toEqual([]);
  });

  it('queryScanLimitMb limits the queries of people, and not the jobs of the trusted layer', () => {
    const limit = (part: string) =>
      stack.only('AWS::Athena::WorkGroup', part).Properties.WorkGroupConfiguration.BytesScannedCutoffPerQuery;
    expect(limit('Catalog')).toBe(55_000_000);
    expect(limit('Trusted')).toBeUndefined();
  });

  it('streamRetentionHours plus two days is how far back the trusted layer looks', () => {
    const merges = stack.all('AWS::Scheduler::Schedule').filter(([id]) => id.includes('Merge'));
    expect(JSON.stringify(merges)).toContain("interval '4' day");
    expect(JSON.stringify(merges)).not.toContain("interval '5' day");
  });

  it('runbookUrl is where every alarm links to', () => {
    const alarms = stack.all('AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(0);
    for (const [, alarm] of alarms) {
      expect(alarm.Properties.AlarmDescription).toContain(`Runbook: ${SENTINELS.runbookUrl}#`);
    }
  });

  it('terminationProtection is of the stack, not in its template', () => {
    const isProtected = (context: object) => {
      const stack = new TelemetryStack(testApp(), 'Streamwatch', parseConfig({ ...context }));
      return stack.terminationProtection;
    };
    expect([isProtected({ terminationProtection: 'on' }), isProtected({})]).toEqual([true, false]);
  });

  it('have a row above for every knob', () => {
    const others = [
      ...[
        'alertEmail',
        'operationsEmail',
        'extraFields',
        'lakeRetentionDays',
        'queryScanLimitMb',
        'runbookUrl',
        'dashboard',
        'terminationProtection',
        ...['edge', 'edgeMqtt', 'edgeHttp', 'channels', 'enhancedFanOut'],
      ],
    ];
    expect([...ROWS.map(([knob]) => knob), ...others].sort()).toEqual(Object.keys(KNOBS).sort());
  });

  it('an on-demand stream has no shards', () => {
    const { Properties } = synthesize({ streamMode: 'on-demand' }).only(STREAM);
    expect(Properties.StreamModeDetails).toEqual({ StreamMode: 'ON_DEMAND' });
    expect(Properties).not.toHaveProperty('ShardCount');
  });
});
