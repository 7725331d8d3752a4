import { createVerify, X509Certificate } from 'node:crypto';
import {
  GetTopicAttributesCommand,
  ListSubscriptionsCommand,
  PublishCommand,
  type PublishCommandInput,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { clientOptions } from '../../../../infra/emulator/stack/client-options.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { emulate } from '../support/emulate.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const subscription = (Protocol: string, Endpoint: unknown, more: object = {}) => ({
  Type: 'AWS::SNS::Subscription',
  Properties: { TopicArn: { Ref: 'Alerts' }, Protocol, Endpoint, ...more },
});
const arn = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });

const TEMPLATE = {
  Resources: {
    Alerts: { Type: 'AWS::SNS::Topic', Properties: { SignatureVersion: '2' } },
    Plain: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'plain' } },
    Plants: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'plants' } },
    Raw: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'raw' } },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
    Bells: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...{ FunctionName: 'bells', Handler: 'index.handler', Runtime: 'nodejs24.x', Role: 'arn:x' },
        Code: {
          ZipFile:
            "exports.handler = async (event) => { console.log(`GOT ${JSON.stringify(event)}`); if (event.Records[0].Sns.Message === 'break') throw new Error('broken'); };",
        },
      },
    },
    BellsLater: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        ...{ FunctionName: { Ref: 'Bells' }, Qualifier: '$LATEST', MaximumRetryAttempts: 1 },
        DestinationConfig: { OnFailure: { Destination: arn('Dead') } },
      },
    },
    MayRing: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        ...{ Action: 'lambda:InvokeFunction', FunctionName: { Ref: 'Bells' } },
        ...{ Principal: 'sns.amazonaws.com', SourceArn: { Ref: 'Alerts' } },
      },
    },
    MaySend: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: ['Plain', 'Plants', 'Raw', 'Dead'].map((Ref) => ({ Ref })),
        PolicyDocument: {
          Statement: {
            ...{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' },
            Principal: { Service: 'sns.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'Alerts' } } },
          },
        },
      },
    },
    ToBells: subscription('lambda', arn('Bells'), { FilterPolicy: { to: ['bells'] } }),
    ToPlain: subscription('sqs', arn('Plain'), { FilterPolicy: { to: ['queues'] } }),
    ToRaw: subscription('sqs', arn('Raw'), { RawMessageDelivery: true, FilterPolicy: { to: ['queues'] } }),
    ToNobody: subscription('sqs', 'arn:aws:sqs:us-east-1:000000000000:nobody', {
      FilterPolicy: { to: ['nobody'] },
      RedrivePolicy: { deadLetterTargetArn: arn('Dead') },
    }),
    ToBody: subscription('sqs', arn('Plants'), {
      FilterPolicy: { device: { site: [{ prefix: 'plant' }] } },
      FilterPolicyScope: 'MessageBody',
    }),
  },
  Outputs: { Alerts: { Value: { Ref: 'Alerts' } } },
};

async function open() {
  const clock = new VirtualClock();
  const emulator = await emulate(TEMPLATE, {}, { clock });
  const client = new SNSClient({ ...clientOptions(emulator.endpoint), maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  const TopicArn = emulator.stack.outputs.Alerts ?? '';
  const notices: string[] = [];
  const logged: string[] = [];
  emulator.bus.on('event', (event) => void (event.type === 'notice' && notices.push(event.text)));
  emulator.bus.on('log', (line) => void logged.push(line));
  return {
    ...{ emulator, clock, client, TopicArn, notices, logged },
    publish: (to: string, more: Partial<PublishCommandInput> = {}) =>
      client.send(
        new PublishCommand({
          ...{ TopicArn, Message: 'hello' },
          MessageAttributes: { to: { DataType: 'String', StringValue: to } },
          ...more,
        }),
      ),
    /** Bodies of what is in a queue, once there is something. */
    async inQueue(name: string) {
      const QueueUrl = `${emulator.endpoint}/000000000000/${name}`;
      return vi.waitFor(async () => {
        const request = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] };
        const { Messages } = await emulator.call<{
          Messages: { Body: string; MessageAttributes?: object }[];
        }>('sqs', 'ReceiveMessage', request);
        expect(Messages).toBeDefined();
        return Messages;
      });
    },
    async subscribe(receiver: Receiver, path = '', Attributes?: Record<string, string>) {
      const Endpoint = `${receiver.url}${path}`;
      const command = new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint, Attributes });
      const { SubscriptionArn } = await client.send(command);
      await vi.waitFor(() => expect(receiver.received).toHaveLength(1));
      return { SubscriptionArn, asked: JSON.parse(receiver.received[0]?.body ?? '') as Notice };
    },
  };
}

type Notice = Record<string, string>;

/** As AWS documents the check, with the certificate that the message names. */
async function isGenuine(notice: Notice): Promise<boolean> {
  const response = await fetch(notice.SigningCertURL ?? '');
  const { publicKey } = new X509Certificate(await response.text());
  const fields =
    notice.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = fields
    .filter((name) => name in notice)
    .map((name) => `${name}\n${notice[name]}\n`)
    .join('');
  const hash = notice.SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1';
  return createVerify(hash)
    .update(text)
    .verify(publicKey, notice.Signature ?? '', 'base64');
}

describe('a queue that is subscribed', () => {
  it('gets the signed notice, or the message alone with its attributes', async () => {
    const { publish, inQueue } = await open();
    const { MessageId } = await publish('queues', {
      Subject: 'two queues',
      MessageStructure: 'json',
      Message: JSON.stringify({ default: 'for all', sqs: 'for queues' }),
    });
    const notice = JSON.parse((await inQueue('plain'))[0]?.Body ?? '') as Notice;
    expect(notice).toMatchObject({
      ...{ Type: 'Notification', MessageId, Subject: 'two queues', Message: 'for queues' },
      ...{ SignatureVersion: '2', MessageAttributes: { to: { Type: 'String', Value: 'queues' } } },
    });
    expect(await isGenuine(notice)).toBe(true);
    expect(await isGenuine({ ...notice, Message: 'forged' })).toBe(false);
    expect(await inQueue('raw')).toMatchObject([
      { Body: 'for queues', MessageAttributes: { to: { DataType: 'String', StringValue: 'queues' } } },
    ]);
  });

  it('that does not exist is given up at once, into the dead-letter queue', async () => {
    const { publish, inQueue, notices } = await open();
    await publish('nobody');
    expect(JSON.parse((await inQueue('dead'))[0]?.Body ?? '')).toMatchObject({ Message: 'hello' });
    expect(notices).toEqual([
      // That it may not send there was said at the start.
      expect.stringMatching(
        /^SNS gave up a message to arn:aws:sqs:.*:nobody: .* is not authorized .*; it is in arn:aws:sqs:.*:dead$/,
      ),
    ]);
  });

  it('may be filtered by the body', async () => {
    const { publish, inQueue } = await open();
    const body = (site: string) => JSON.stringify({ device: [{ site }, { site: 'other' }] });
    for (const Message of [body('office'), 'not JSON', body('plant-1')]) await publish('-', { Message });
    expect((await inQueue('plants')).map(({ Body }) => JSON.parse(Body).Message)).toEqual([body('plant-1')]);
  });
});

describe('a function that is subscribed', () => {
  it('is invoked with one record, later', async () => {
    const { publish, logged } = await open();
    const { MessageId } = await publish('bells', { Subject: 'ring' });
    const line = await vi.waitFor(() => {
      const found = logged.find((one) => one.includes('GOT '));
      expect(found).toBeDefined();
      return found ?? '';
    }, 10_000);
    const event = JSON.parse(line.slice(line.indexOf('GOT ') + 4));
    expect(event.Records).toHaveLength(1);
    expect(event.Records[0]).toMatchObject({
      ...{ EventSource: 'aws:sns', EventVersion: '1.0' },
      EventSubscriptionArn: expect.stringMatching(/^arn:aws:sns:.*:[0-9a-f-]{36}$/),
      Sns: {
        ...{ Type: 'Notification', MessageId, Subject: 'ring', Message: 'hello', SignatureVersion: '2' },
        MessageAttributes: { to: { Type: 'String', Value: 'bells' } },
        SigningCertUrl: expect.stringMatching(/\.pem$/),
        UnsubscribeUrl: expect.stringContaining('Action=Unsubscribe'),
      },
    });
  });

  it('that fails is tried again, and then its event is in the queue for failures', async () => {
    const { publish, logged, clock, inQueue } = await open();
    await publish('bells', { Message: 'break' });
    await vi.waitFor(() => expect(logged.filter((line) => line.includes('GOT '))).toHaveLength(1), 10_000);
    // Not any timer: the first attempt may still have its timeout.
    await vi.waitFor(() => expect(clock.isDueIn(60_000)).toBe(true));
    await clock.advance(60_000);
    const [record] = await inQueue('dead');
    expect(JSON.parse(record?.Body ?? '')).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
      requestPayload: { Records: [{ Sns: { Message: 'break' } }] },
      responsePayload: { errorMessage: 'broken' },
    });
  });
});

describe('an HTTP endpoint that is subscribed', () => {
  it('gets nothing but the question before it has confirmed, then signed notices', async () => {
    const { subscribe, publish, client, TopicArn } = await open();
    const receiver = await startReceiver();
    const { SubscriptionArn, asked } = await subscribe(receiver, '/hook?key=1');
    expect(SubscriptionArn).toBe('pending confirmation');
    expect(receiver.received[0]).toMatchObject({
      url: '/hook?key=1',
      headers: {
        'x-amz-sns-message-type': 'SubscriptionConfirmation',
        'x-amz-sns-topic-arn': TopicArn,
        'content-type': 'text/plain; charset=UTF-8',
        'user-agent': 'Amazon Simple Notification Service Agent',
      },
    });
    expect(asked).toMatchObject({ Type: 'SubscriptionConfirmation', TopicArn });
    expect(await isGenuine(asked)).toBe(true);
    const counts = async () => (await client.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes;
    expect(await counts()).toMatchObject({ SubscriptionsPending: '1' });
    const { Subscriptions } = await client.send(new ListSubscriptionsCommand({}));
    expect(Subscriptions?.map((one) => one.SubscriptionArn)).toContain('PendingConfirmation');
    await publish('-', { Message: 'too early' });

    const confirmed = await fetch(asked.SubscribeURL ?? '');
    expect(await confirmed.text()).toMatch(/<SubscriptionArn>arn:aws:sns:.*</);
    expect(await counts()).toMatchObject({ SubscriptionsPending: '0' });
    await publish('-', { Subject: 'now' });
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2));
    const notice = JSON.parse(receiver.received[1]?.body ?? '') as Notice;
    expect(notice).toMatchObject({ Type: 'Notification', Message: 'hello', Subject: 'now' });
    expect(await isGenuine(notice)).toBe(true);
    expect(receiver.received[1]?.headers).toMatchObject({
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-subscription-arn': expect.stringMatching(/:[0-9a-f-]{36}$/),
    });

    expect(
      (await fetch(notice.UnsubscribeURL ?? '', { headers: { 'sec-fetch-site': 'cross-site' } })).status,
    ).toBe(403);
    expect((await fetch(notice.UnsubscribeURL ?? '')).status).toBe(200);
    expect(await counts()).toMatchObject({ SubscriptionsConfirmed: '5' });
  });

  it('gets the message alone where it asked for that, by basic authentication where its address has it', async () => {
    const { subscribe, publish } = await open();
    const receiver = await startReceiver();
    const withUser = { ...receiver, url: receiver.url.replace('//', '//me:s%3Acret@') };
    const { asked } = await subscribe(withUser, '', { RawMessageDelivery: 'true' });
    await fetch(asked.SubscribeURL ?? '');
    await publish('-');
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2));
    expect(receiver.received[1]).toMatchObject({
      body: 'hello',
      headers: {
        'x-amz-sns-rawdelivery': 'true',
        authorization: `Basic ${Buffer.from('me:s:cret').toString('base64')}`,
      },
    });
  });

  it('that is down is tried again as its policy says, and then its message is a dead letter', async () => {
    const { subscribe, publish, clock, client, inQueue, notices } = await open();
    const receiver = await startReceiver();
    const { asked } = await subscribe(receiver, '/secret');
    const SubscriptionArn = /<SubscriptionArn>(.*?)</.exec(
      await (await fetch(asked.SubscribeURL ?? '')).text(),
    )?.[1];
    const set = (AttributeName: string, AttributeValue: object) =>
      client.send(
        new SetSubscriptionAttributesCommand({
          ...{ SubscriptionArn, AttributeName },
          AttributeValue: JSON.stringify(AttributeValue),
        }),
      );
    await set('DeliveryPolicy', {
      healthyRetryPolicy: { minDelayTarget: 5, maxDelayTarget: 60, numRetries: 4, numMinDelayRetries: 2 },
    });
    await set('RedrivePolicy', { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead' });
    await expect(set('DeliveryPolicy', { throttlePolicy: {} })).rejects.toThrow(/throttlePolicy/);
    await expect(
      set('DeliveryPolicy', { healthyRetryPolicy: { minDelayTarget: 3600, maxDelayTarget: 3600 } }),
    ).rejects.toThrow(/3600 s together, these last 10800 s/);

    receiver.answers.push(503, 500, 429, 502, 503);
    await publish('-');
    // 5 and 5 at the least delay, then growing in a straight line to 60.
    for (const [i, waitMs] of [5_000, 5_000, 32_500, 60_000].entries()) {
      await vi.waitFor(() => expect(receiver.received).toHaveLength(i + 2));
      await vi.waitFor(() => expect(clock.isDueIn(waitMs)).toBe(true));
      await clock.advance(waitMs);
    }
    expect(JSON.parse((await inQueue('dead'))[0]?.Body ?? '')).toMatchObject({ Message: 'hello' });
    expect(receiver.received).toHaveLength(6);
    expect(notices.join()).not.toContain('secret');

    receiver.answers.push(403);
    await publish('-', { Message: 'refused' });
    expect(JSON.parse((await inQueue('dead'))[0]?.Body ?? '')).toMatchObject({ Message: 'refused' });
    expect(receiver.received).toHaveLength(7);
  });
});
