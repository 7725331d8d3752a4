import { describe, expect, it, vi } from 'vitest';
import { emulate } from '../support/emulate.ts';

const allow = (actions: readonly string[], resource: object) => ({
  ...{ Effect: 'Allow', Action: actions.map((name) => `kinesis:${name}`), Resource: resource },
});
const ROLE = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    },
    Policies: [
      {
        PolicyName: 'read',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            allow(['ListShards', 'GetShardIterator', 'GetRecords'], { 'Fn::GetAtt': ['Orders', 'Arn'] }),
            allow(['SubscribeToShard', 'DescribeStreamConsumer'], { Ref: 'Fan' }),
          ],
        },
      },
    ],
  },
};
const CODE = 'export const handler = async () => {};';

function template(streamName?: string) {
  return {
    Resources: {
      Orders: { Type: 'AWS::Kinesis::Stream', Properties: { Name: streamName, ShardCount: 1 } },
      Fan: {
        Type: 'AWS::Kinesis::StreamConsumer',
        Properties: { ConsumerName: 'fan', StreamARN: { 'Fn::GetAtt': ['Orders', 'Arn'] } },
      },
      Role: ROLE,
      Count: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          ...{ Handler: 'index.handler', Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Runtime: 'nodejs24.x' },
          Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
        },
      },
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          ...{ FunctionName: { Ref: 'Count' }, EventSourceArn: { Ref: 'Fan' } },
          StartingPosition: 'TRIM_HORIZON',
        },
      },
    },
    Outputs: { Consumer: { Value: { Ref: 'Fan' } } },
  };
}
const code = { code: { 'index.mjs': CODE } };

describe("a template's consumer", () => {
  it('is what its mapping is pushed by', async () => {
    const emulator = await emulate(template(), code);
    const invoked = vi.fn();
    emulator.bus.on('event', (event) => event.type === 'invocation' && invoked(event));
    const { Consumer: ConsumerARN } = emulator.stack.outputs;
    expect(ConsumerARN).toMatch(
      /^arn:aws:kinesis:us-east-1:000000000000:stream\/Shop-Orders\/consumer\/fan:\d{10}$/,
    );
    await emulator.call('kinesis', 'PutRecord', {
      ...{ StreamName: 'Shop-Orders', PartitionKey: 'k', Data: btoa('hello') },
    });
    await vi.waitUntil(() => invoked.mock.calls.length > 0, { timeout: 20_000 });
    const calls = emulator.calls.all();
    expect(calls['kinesis.SubscribeToShard']).toBe(1);
    expect(calls['kinesis.GetRecords']).toBeUndefined();
  });

  it('is refused with a sentence where its stream has a name of its own', async () => {
    await expect(emulate(template('orders'), code)).rejects.toThrow(
      /^The consumer fan of .*stream\/orders cannot be registered here: expected a stream of this template without/,
    );
  });
});
