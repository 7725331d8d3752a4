import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DETECTOR_METRICS } from '../../../services/contract/detector-metrics.ts';
import { synthesize } from './support/synth.ts';

interface AlarmMetric {
  MetricName: string;
  Namespace: string;
  Dimensions: { Name: string; Value: unknown }[];
}
interface Alarm extends Partial<AlarmMetric> {
  AlarmDescription: string;
  AlarmActions: unknown[];
  OKActions: unknown[];
  InsufficientDataActions?: unknown[];
  TreatMissingData: string;
  Threshold: number;
  EvaluationPeriods: number;
  DatapointsToAlarm: number;
  ComparisonOperator: string;
  Period?: number;
  Metrics?: { Expression?: string; MetricStat?: { Metric: AlarmMetric; Period: number } }[];
}

/** Knobs that bring alarms of their own. */
const EVERYTHING = { edgeHttp: 'on', edgeMqtt: 'on', extraFields: 'on' };

const stack = synthesize();
const alarms = stack.all('AWS::CloudWatch::Alarm').map(([id, { Properties }]) => ({
  name: id.replace(/^Operations|[0-9A-F]{8}$/g, ''),
  alarm: Properties as Alarm,
}));
const alarm = (name: string, of = stack) =>
  of.only('AWS::CloudWatch::Alarm', `Operations${name}`).Properties as Alarm;
const metricsOf = (a: Alarm): AlarmMetric[] =>
  a.Metrics
    ? a.Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []))
    : [{ MetricName: a.MetricName ?? '', Namespace: a.Namespace ?? '', Dimensions: a.Dimensions ?? [] }];

/** Their metric has a value whenever all is well, so that its end is bad news. */
const ALWAYS_THERE = ['NothingArrives', 'WatchdogErrors'];

/** The type of resource that a dimension with this name refers to. */
const DIMENSIONS: Record<string, string> = {
  StreamName: 'AWS::Kinesis::Stream',
  FunctionName: 'AWS::Lambda::Function',
  TableName: 'AWS::DynamoDB::Table',
  TopicName: 'AWS::SNS::Topic',
  DeliveryStreamName: 'AWS::KinesisFirehose::DeliveryStream',
  QueueName: 'AWS::SQS::Queue',
};

describe('alarms', () => {
  it('watch the path of a reading from end to end', () => {
    expect(alarms.map(({ name }) => name)).toEqual([
      'NothingArrives',
      'StreamWriteThrottled',
      'IteratorAge',
      'DetectorIdle',
      'DetectorErrors',
      'WatchdogErrors',
      'BatchGivenUp',
      'FailuresNotKept',
      'ReadingsSetAside',
      'ReadingsNotEvaluated',
      'MalformedReadings',
      'AlertsNotPublished',
      'AlertsNotDelivered',
      'ReadingsDeliveryLate',
      'ReadingsNotConverted',
      'AlertsDeliveryLate',
      'AlertsNotConverted',
      'TrustedLayerFailed',
    ]);
  });

  describe.each(alarms)('$name', ({ name, alarm: a }) => {
    it('measures a resource of this stack', () => {
      for (const { Namespace, MetricName, Dimensions } of metricsOf(a)) {
        expect(Dimensions).toHaveLength(1);
        const [{ Name, Value }] = Dimensions as [
          { Name: string; Value: { Ref?: string; 'Fn::GetAtt'?: string[] } },
        ];
        if (Namespace === 'Streamwatch') {
          expect({ Name, Value }).toEqual({ Name: 'service', Value: 'detector' });
          expect(Object.keys(DETECTOR_METRICS)).toContain(MetricName);
        } else {
          const id = Value.Ref ?? Value['Fn::GetAtt']?.[0] ?? '';
          expect(stack.resources[id]?.Type).toBe(DIMENSIONS[Name]);
        }
      }
    });

    it('goes to the operations topic when it starts and when it is over, and not to the subscribers of alerts', () => {
      const operations = [stack.outputs.OperationsTopicArn?.Value];
      expect(a.AlarmActions).toEqual(operations);
      expect(a.OKActions).toEqual(operations);
    });

    it('treats missing data as healthy, or tells of it', () => {
      const tells = ALWAYS_THERE.includes(name);
      expect(a.TreatMissingData).toBe(tells ? 'missing' : 'notBreaching');
      expect(a.InsufficientDataActions).toEqual(tells ? a.AlarmActions : undefined);
    });

    it('can go off', () => {
      expect(a.ComparisonOperator).toBe(
        name === 'NothingArrives' ? 'LessThanThreshold' : 'GreaterThanThreshold',
      );
      expect(a.DatapointsToAlarm).toBeLessThanOrEqual(a.EvaluationPeriods);
      const period =
        a.Period ?? Math.max(...(a.Metrics ?? []).map(({ MetricStat }) => MetricStat?.Period ?? 0));
      expect(period).toBeGreaterThanOrEqual(60);
      // CloudWatch evaluates at most a day.
      expect(period * a.EvaluationPeriods).toBeLessThanOrEqual(86_400);
    });
  });

  it.each([
    ['StreamWriteThrottled', 'AWS/Kinesis', ['WriteProvisionedThroughputExceeded']],
    ['IteratorAge', 'AWS/Lambda', ['IteratorAge']],
    ['DetectorErrors', 'AWS/Lambda', ['Errors']],
    ['BatchGivenUp', 'AWS/SQS', ['ApproximateNumberOfMessagesVisible']],
    ['FailuresNotKept', 'AWS/Lambda', ['DestinationDeliveryFailures']],
    ['MalformedReadings', 'Streamwatch', ['MalformedLines', 'Readings']],
    ['AlertsNotPublished', 'Streamwatch', ['NotificationFailures']],
    ['AlertsNotDelivered', 'AWS/SNS', ['NumberOfNotificationsFailed']],
    ['NothingArrives', 'AWS/Kinesis', ['IncomingRecords']],
    ['WatchdogErrors', 'AWS/Lambda', ['Errors']],
    ['AlertsNotConverted', 'AWS/Firehose', ['FailedConversion.Records']],
    ['TrustedLayerFailed', 'AWS/SQS', ['ApproximateNumberOfMessagesVisible']],
  ])('%s reads %s %j', (name, namespace, metricNames) => {
    const metrics = metricsOf(alarm(name));
    expect(metrics.map(({ MetricName }) => MetricName)).toEqual(metricNames);
    for (const { Namespace } of metrics) expect(Namespace).toBe(namespace);
  });

  it('each delivery alarm watches its own delivery stream', () => {
    for (const what of ['Readings', 'Alerts']) {
      const [id] =
        stack.all('AWS::KinesisFirehose::DeliveryStream').find(([key]) => key.includes(what)) ?? [];
      for (const name of [`${what}DeliveryLate`, `${what}NotConverted`]) {
        const ofFirehose = metricsOf(alarm(name)).filter(({ Namespace }) => Namespace === 'AWS/Firehose');
        expect(ofFirehose.map(({ Dimensions }) => Dimensions)).toEqual([
          [{ Name: 'DeliveryStreamName', Value: { Ref: id } }],
        ]);
      }
    }
  });

  it('a batch that the mapping gives up becomes a message in the queue that the alarm watches', () => {
    const bucket = { Ref: stack.all('AWS::S3::Bucket').find(([id]) => id.includes('Failures'))?.[0] };
    expect(stack.outputs.FailureBucketName?.Value).toEqual(bucket);
    expect(stack.resources[bucket.Ref ?? '']?.Properties.NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
    const rule = stack.only('AWS::Events::Rule', 'StorageFailedBatches').Properties;
    expect(rule.State).toBe('ENABLED');
    expect(rule.EventPattern).toEqual({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      // A redriven batch is moved within the bucket, and must not be reported again.
      detail: { bucket: { name: [bucket] }, object: { key: [{ prefix: 'aws/lambda/' }] } },
    });
    const [queue] = stack.all('AWS::SQS::Queue').find(([id]) => id.includes('FailedBatches')) ?? [];
    const name = { 'Fn::GetAtt': [queue, 'QueueName'] };
    expect(rule.Targets).toEqual([expect.objectContaining({ Arn: { 'Fn::GetAtt': [queue, 'Arn'] } })]);
    expect(metricsOf(alarm('BatchGivenUp'))[0]?.Dimensions).toEqual([{ Name: 'QueueName', Value: name }]);
  });

  it('each kind of failure has its own queue', () => {
    const [queue] = stack.all('AWS::SQS::Queue').find(([id]) => id.startsWith('Trusted')) ?? [];
    expect(metricsOf(alarm('TrustedLayerFailed'))[0]?.Dimensions).toEqual([
      { Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } },
    ]);
  });

  it('go off before anything is given up or lost', () => {
    const hasty = synthesize({ maxRecordAgeSeconds: 100, deliveryBufferSeconds: 900 });
    expect(alarm('IteratorAge').Threshold).toBe(300_000);
    expect(alarm('IteratorAge', hasty).Threshold).toBe(50_000);
    expect(alarm('ReadingsDeliveryLate').Threshold).toBe(420);
    // More than dynamic partitioning may take, and far less than the day that the stream keeps records.
    expect(alarm('ReadingsDeliveryLate', hasty).Threshold).toBe(2100);
  });

  it('idle is measured over at least the longest batch window', () => {
    const periods = (alarm('DetectorIdle').Metrics ?? []).flatMap(
      ({ MetricStat }) => MetricStat?.Period ?? [],
    );
    expect(periods).toEqual([300, 300]);
  });

  it('each lead to a runbook that exists, and each runbook to an alarm', () => {
    const page = readFileSync('docs/operations.md', 'utf8');
    const runbooks = page.slice(
      page.indexOf('## Runbooks'),
      page.indexOf('\n## ', page.indexOf('## Runbooks') + 3),
    );
    const headings = [...runbooks.matchAll(/^### (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    const links = synthesize(EVERYTHING)
      .all('AWS::CloudWatch::Alarm')
      .map(
        ([, { Properties }]) => /"([a-z-]+)" in docs\/operations\.md/.exec(Properties.AlarmDescription)?.[1],
      );
    expect(headings).toEqual(links);
    for (const section of runbooks.split(/^### /m).slice(1)) {
      expect(section).toMatch(/\*\*Means\*\*[\s\S]+\*\*Look at\*\*[\s\S]+\*\*Do\*\*/);
    }
  });
});

describe('operations topic', () => {
  const topicId = stack.all('AWS::SNS::Topic').find(([id]) => id.includes('Operations'))?.[0] ?? '';
  const keyId = stack.resources[topicId]?.Properties.KmsMasterKeyId['Fn::GetAtt'][0];

  it('is not the topic of the alerts', () => {
    expect(stack.outputs.AlertTopicArn?.Value).not.toEqual({ Ref: topicId });
  });

  it.each([
    ['key', () => stack.resources[keyId]?.Properties.KeyPolicy, ['kms:Decrypt', 'kms:GenerateDataKey*']],
    [
      'topic',
      () => stack.only('AWS::SNS::TopicPolicy', 'Operations').Properties.PolicyDocument,
      ['sns:Publish'],
    ],
  ])(
    'lets CloudWatch in by the policy of the %s, for the alarms of this stack only',
    (_what, document, actions) => {
      const statement = document().Statement.find(
        (s: { Principal: { Service?: string } }) => s.Principal.Service === 'cloudwatch.amazonaws.com',
      );
      expect(statement.Effect).toBe('Allow');
      expect([statement.Action].flat()).toEqual(actions);
      expect(statement.Condition.StringEquals).toEqual({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
      expect(JSON.stringify(statement.Condition.ArnLike['aws:SourceArn'])).toContain(
        '":alarm:",{"Ref":"AWS::StackName"},"-Operations*"',
      );
    },
  );

  it("has a key that is the stack's own and changes every year", () => {
    expect(stack.resources[keyId]?.Type).toBe('AWS::KMS::Key');
    expect(stack.resources[keyId]?.Properties.EnableKeyRotation).toBe(true);
  });
});

describe('dashboard', () => {
  const parts = stack.only('AWS::CloudWatch::Dashboard').Properties.DashboardBody['Fn::Join'][1];
  const body = JSON.parse(parts.map((part: unknown) => (typeof part === 'string' ? part : 'X')).join(''));
  const widgets: { type: string; y: number; properties: { markdown?: string; alarms?: string[] } }[] =
    body.widgets;

  it('begins with every alarm', () => {
    expect(widgets[0]?.type).toBe('alarm');
    expect(widgets[0]?.properties.alarms).toHaveLength(alarms.length);
  });

  it("reads from top to bottom like a reading's path", () => {
    const headings = widgets.filter(({ type }) => type === 'text');
    expect(headings.map(({ properties }) => properties.markdown?.replace(/^## \d · /, ''))).toEqual([
      'Readings arrive',
      'The detector evaluates them',
      'What they are',
      'Incidents, and who is told',
      'Into the lake',
      'Queries',
    ]);
    const rows = headings.map(({ y }) => y);
    expect(rows).toEqual(rows.toSorted((a, b) => a - b));
  });

  it('stays within the 50 metrics up to which CloudWatch does not charge for a dashboard', () => {
    const metrics = widgets.flatMap(
      ({ properties }) => (properties as { metrics?: unknown[] }).metrics ?? [],
    );
    expect(metrics.length).toBeLessThanOrEqual(50);
  });
});
