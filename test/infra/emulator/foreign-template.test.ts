/** A template that is not ours: what the emulator runs of it, it knows from the template alone. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RuntimeEvent } from '../../../infra/emulator/base/events.ts';
import { SetupError } from '../../../infra/emulator/base/setup-error.ts';
import { openEmulator } from '../../../infra/emulator/emulator.ts';
import { mailbox } from '../../../infra/emulator/mailbox/service.ts';
import { clientOptions } from '../../../infra/emulator/stack/client-options.ts';
import { emulate, STACK } from './support/emulate.ts';

const arn = (Resource: string) => ({ 'Fn::GetAtt': [Resource, 'Arn'] });
const ref = (Ref: string) => ({ Ref });

/** Publishes each record; one that says so makes it fail. No SDK: only what every Node.js has. */
const HANDLER = `async (event) => {
  for (const { kinesis } of event.Records) {
    const text = Buffer.from(kinesis.data, 'base64').toString();
    if (text === 'broken') throw new Error('This one is broken');
    const response = await fetch(process.env.AWS_ENDPOINT_URL, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID
          + '/20260131/us-east-1/sns/aws4_request, Signature=0',
        // As every SDK says it.
        'user-agent': 'exec-env/' + process.env.AWS_EXECUTION_ENV,
      },
      body: new URLSearchParams({ Action: 'Publish', TopicArn: process.env.TOPIC, Subject: 'An order', Message: text }),
    });
    if (!response.ok) throw new Error(await response.text());
  }
}`;

const template = (Code: object) => ({
  Resources: {
    Orders: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'reader',
        AssumeRolePolicyDocument: {
          Statement: {
            ...{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
          },
        },
        ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole'],
        Policies: [
          {
            PolicyName: 'Tell',
            PolicyDocument: {
              Statement: [
                { Effect: 'Allow', Action: 'sns:Publish', Resource: ref('News') },
                { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::shop-archive/*' },
              ],
            },
          },
        ],
      },
    },
    Archive: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'shop-archive' } },
    News: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news', DisplayName: 'The shop' } },
    Owner: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: ref('News'), Protocol: 'email', Endpoint: 'owner@example.org' },
    },
    Reader: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...{ Code, Handler: 'index.handler', Runtime: 'nodejs22.x', Role: arn('Role') },
        Environment: { Variables: { TOPIC: ref('News') } },
      },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        ...{ EventSourceArn: arn('Orders'), FunctionName: ref('Reader'), StartingPosition: 'TRIM_HORIZON' },
        ...{ BatchSize: 1, MaximumRetryAttempts: 0 },
        DestinationConfig: { OnFailure: { Destination: arn('Archive') } },
      },
    },
  },
  Outputs: { Stream: { Value: ref('Orders') }, Bucket: { Value: ref('Archive') } },
});
const ASSETS: Record<string, Record<string, string>> = {
  code: { 'index.mjs': `export const handler = ${HANDLER};` },
};
const INLINE = { ZipFile: `exports.handler = ${HANDLER};` };

describe('a template that is not ours', () => {
  it.each([
    { code: 'in a folder', Code: { S3Bucket: 'assets', S3Key: 'code.zip' }, assets: ASSETS },
    { code: 'in the template', Code: INLINE, assets: {} },
  ])('runs with its code $code: records in, function invoked, mail out', async ({ Code, assets }) => {
    const emulator = await emulate(template(Code), assets);
    const seen: RuntimeEvent[] = [];
    emulator.bus.on('event', (event) => seen.push(event));
    const kinesis = new KinesisClient(clientOptions(emulator.endpoint));
    const s3 = new S3Client(clientOptions(emulator.endpoint));
    onTestFinished(() => {
      kinesis.destroy();
      s3.destroy();
    });
    const { Stream, Bucket } = emulator.stack.outputs;

    const Records = ['one apple', 'broken', 'two pears'].map((text) => ({
      ...{ Data: Buffer.from(text), PartitionKey: 'customer' },
    }));
    await kinesis.send(new PutRecordsCommand({ StreamName: Stream, Records }));
    await vi.waitFor(() => expect(emulator.of(mailbox).size()).toBe(2), 10_000);
    const mails = await emulator.of(mailbox).list();
    expect(mails.map(({ to, subject, text }) => [to, subject, text.split('\n')[0]])).toEqual([
      ['owner@example.org', 'An order', 'two pears'],
      ['owner@example.org', 'An order', 'one apple'],
    ]);

    // What the function could not do is in the bucket, through its API as well.
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const object = await s3.send(new GetObjectCommand({ Bucket, Key: Contents[0]?.Key }));
    expect(JSON.parse((await object.Body?.transformToString()) ?? '')).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted' },
    });
    expect(seen.filter(({ type }) => type === 'invocation')).toHaveLength(3);
    expect(emulator.calls.ofFunctions()).toEqual({ 'sns.Publish': 2 });
  });

  it('that asks for what is not run here is refused by name, and leaves nothing open', async () => {
    const { folder, bus, stack, close } = await emulate(template(INLINE));
    await close();
    const again = (change: (properties: Record<string, unknown>) => void) =>
      openEmulator({
        assembly: {
          template: { Resources: {}, Outputs: {}, Parameters: {}, Mappings: {}, Conditions: {} },
          assetFolder: () => '',
        },
        ...{ stackName: STACK, stateDir: join(folder, 'state'), port: 0, bus },
        resources: () =>
          stack.resources.map((resource) => {
            const properties = structuredClone(resource.properties);
            if (resource.type === 'AWS::Lambda::EventSourceMapping') change(properties);
            return { ...resource, properties };
          }),
      });

    const filtered = again((properties) => {
      properties.FilterCriteria = { Filters: [] };
    });
    await expect(filtered).rejects.toThrow(SetupError);
    await expect(filtered).rejects.toThrow(/FilterCriteria is not run locally/);
    const malformed = again((properties) => {
      properties.BatchSize = 'many';
    });
    await expect(malformed).rejects.toThrow(SetupError);
    await expect(malformed).rejects.toThrow(/event-source-mapping: BatchSize: .*This cannot run here/);

    // Port, stores and folder are free again.
    expect(readdirSync(join(folder, 'state'))).not.toContain('lock');
    await (await again(() => {})).close();
  });
});
