import { describe, expect, it } from 'vitest';
import { resolveStack } from '../../../../../infra/emulator/registry.ts';
import { pipelineOf } from '../../../../../infra/local/console/server/pipeline.ts';
import { RULES_METADATA } from '../../../../../services/contract/stack.ts';

const get = (id: string, attribute: string) => ({ 'Fn::GetAtt': [id, attribute] });
const ref = (id: string) => ({ Ref: id });
const rule = {
  name: 'hot',
  metric: 'temperature',
  operator: '>',
  threshold: 80,
  severity: [{ severity: 'warning' }],
};

const Resources = {
  Stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 2 } },
  OtherBucket: { Type: 'AWS::S3::Bucket', Properties: {} },
  Lake: { Type: 'AWS::S3::Bucket', Properties: {} },
  Failures: { Type: 'AWS::S3::Bucket', Properties: {} },
  ToLake: {
    Type: 'AWS::KinesisFirehose::DeliveryStream',
    Properties: {
      KinesisStreamSourceConfiguration: { KinesisStreamARN: get('Stream', 'Arn'), RoleARN: 'arn:x' },
      ExtendedS3DestinationConfiguration: {
        BucketARN: get('Lake', 'Arn'),
        BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 128 },
      },
    },
  },
  OfAlerts: {
    Type: 'AWS::KinesisFirehose::DeliveryStream',
    Properties: { ExtendedS3DestinationConfiguration: { BucketARN: get('Lake', 'Arn') } },
  },
  OtherFunction: { Type: 'AWS::Lambda::Function', Properties: {} },
  Detector: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      MemorySize: 512,
      Timeout: 60,
      Environment: { Variables: { T: ref('State'), A: ref('Topic') } },
    },
    Metadata: { [RULES_METADATA]: [rule] },
  },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: get('Stream', 'Arn'),
      FunctionName: ref('Detector'),
      BatchSize: 100,
      DestinationConfig: { OnFailure: { Destination: get('Failures', 'Arn') } },
    },
  },
  State: { Type: 'AWS::DynamoDB::Table', Properties: {} },
  OtherTopic: { Type: 'AWS::SNS::Topic', Properties: {} },
  Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
  Subscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: ref('Topic'), Protocol: 'firehose', Endpoint: get('OfAlerts', 'Arn') },
  },
};

const of = (resources: object) =>
  pipelineOf(
    resolveStack(
      { Resources: resources, Outputs: {}, Parameters: {}, Mappings: {}, Conditions: {} } as never,
      'S',
      'http://127.0.0.1:4566',
    ),
  );

describe('the pipeline', () => {
  it('is derived by following the data through the template', () => {
    const { stages, rules } = of(Resources);
    expect(Object.fromEntries(stages.map(({ role, id }) => [role, id]))).toEqual({
      ...{ stream: 'Stream', delivery: 'ToLake', lake: 'Lake', detector: 'Detector', state: 'State' },
      ...{ topic: 'Topic', failures: 'Failures', 'alerts-delivery': 'OfAlerts' },
    });
    expect(stages.find(({ role }) => role === 'detector')?.settings).toEqual([
      ...['up to 100 records a batch', '512 MB, 60 s'],
    ]);
    expect(rules).toMatchObject([{ name: 'hot', threshold: 80, evaluationPeriods: 1 }]);
  });

  it('has no stage that the template does not have', () => {
    const { Stream, Lake, ToLake } = Resources;
    expect(of({ Stream, Lake, ToLake }).stages.map(({ role }) => role)).toEqual([
      'stream',
      'delivery',
      'lake',
    ]);
    expect(of({})).toEqual({ stages: [], rules: [] });
  });
});
