/** The recipe: a folder with its `service.ts`, and its place in `infra/emulator/services.ts`. SQS was added by it. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { parseFault, resourceRows, withoutEffect } from '../../infra/emulator/registry.ts';
import { emulate } from '../infra/emulator/support/emulate.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

interface Received {
  Messages?: {
    Body: string;
    MD5OfBody: string;
    ReceiptHandle: string;
    Attributes?: Record<string, string>;
    MessageAttributes?: Record<string, { DataType: string; StringValue?: string }>;
    MD5OfMessageAttributes?: string;
  }[];
}

const TEMPLATE = {
  Resources: {
    Orders: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: 60,
        MessageRetentionPeriod: '3600',
        SqsManagedSseEnabled: true,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
      },
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead-letters' } },
  },
  Outputs: {
    Orders: { Value: { Ref: 'Orders' } },
    Dead: { Value: { 'Fn::GetAtt': ['Dead', 'QueueUrl'] } },
  },
};

async function open() {
  const clock = new VirtualClock();
  const emulator = await emulate(TEMPLATE, {}, { clock });
  const { Orders: QueueUrl = '', Dead = '' } = emulator.stack.outputs;
  const call = <T = object>(operation: string, more: object = {}) =>
    emulator.call<T>('sqs', operation, { QueueUrl, ...more });
  return {
    ...{ emulator, clock, QueueUrl, Dead, call },
    send: (MessageBody: string, more = {}) =>
      call<Record<string, string>>('SendMessage', { MessageBody, ...more }),
    async receive(more = {}) {
      return (await call<Received>('ReceiveMessage', { MaxNumberOfMessages: 10, ...more })).Messages ?? [];
    },
    /** Messages that can be received, that are hidden, and that are still delayed. */
    async counts() {
      const names = ['Messages', 'MessagesNotVisible', 'MessagesDelayed'].map(
        (name) => `ApproximateNumberOf${name}`,
      );
      const answer = await call<{ Attributes: Record<string, string> }>('GetQueueAttributes', {
        AttributeNames: names,
      });
      return names.map((name) => Number(answer.Attributes[name]));
    },
  };
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const bodies = (messages: { Body: string }[]) => messages.map(({ Body }) => Body);

describe('a local service', () => {
  it('lists its queues, by name and in pages', async () => {
    const { emulator, QueueUrl, Dead } = await open();
    const list = (more = {}) =>
      emulator.call<{ QueueUrls?: string[]; NextToken?: string }>('sqs', 'ListQueues', more);
    expect(new Set((await list()).QueueUrls)).toEqual(new Set([QueueUrl, Dead]));
    expect(await list({ QueueNamePrefix: 'dead' })).toEqual({ QueueUrls: [Dead] });
    expect(await list({ QueueNamePrefix: 'no' })).toEqual({});
    const { QueueUrls: first = [], NextToken } = await list({ MaxResults: 1 });
    const { QueueUrls: rest = [], ...end } = await list({ MaxResults: 1, NextToken });
    expect(new Set([...first, ...rest])).toEqual(new Set([QueueUrl, Dead]));
    expect(end).toEqual({});
  });

  it('is a folder and its place in the list: nothing else names it but what calls it', () => {
    const root = resolve(import.meta.dirname, '../../infra');
    const naming = ['emulator', 'local', 'cli', 'commands'].flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(?:ts|js|mjs)$/.test(file))
        .map((file) => join(room, file))
        .filter((file) => /sqs\/|AWS::SQS|\bsqs\.|AmazonSQS/.test(readFileSync(join(root, file), 'utf8'))),
    );
    expect(naming.filter((file) => !file.startsWith('emulator/sqs/')).sort()).toEqual([
      // A command takes out of a queue what Lambda put there; Scheduler puts there what it gives up, SNS what it has.
      'commands/channel/try.ts',
      // Who may use a queue, by its policy and by the key that encrypts it.
      ...['emulator/iam/keys.ts', 'emulator/iam/resource-policies.ts', 'emulator/iam/types.ts'],
      'emulator/scheduler/targets.ts',
      'emulator/services.ts',
      'emulator/stack/send-to-queue.ts',
    ]);
  });

  it('has what derives from that: identities, its place on the port, rows, faults', async () => {
    const { emulator, QueueUrl } = await open();
    expect(QueueUrl).toBe(`${emulator.endpoint}/000000000000/Shop-Orders`);
    expect(resourceRows(emulator.stack).map(({ name, mode }) => [name, mode])).toEqual([
      ['Orders', 'local'],
      ['Dead', 'local'],
    ]);
    expect(emulator.stack.resources.map(withoutEffect)).toEqual([['SqsManagedSseEnabled'], []]);
    expect(parseFault('sqs.SendMessage:throttle:0.5')).toMatchObject({ on: 'sqs.SendMessage' });
  });
});

describe('SQS', () => {
  it('gives a message to one receiver, and again after the time-out unless it was deleted', async () => {
    const { clock, send, receive, call, counts } = await open();
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'order' } };
    const sent = await send('first', { MessageAttributes });
    expect(sent).toMatchObject({ MD5OfMessageBody: md5('first') });

    const all = { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] };
    const [message] = await receive(all);
    expect(message).toMatchObject({
      ...{ Body: 'first', MD5OfBody: md5('first'), MessageAttributes },
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(clock.now()) },
    });
    expect(await receive()).toEqual([]);
    await clock.advance(60_000);
    const [again] = await receive(all);
    expect(again).toMatchObject({ Body: 'first', Attributes: { ApproximateReceiveCount: '2' } });

    // The handle of the first receipt is outdated.
    await call('DeleteMessage', { ReceiptHandle: message?.ReceiptHandle });
    expect(await counts()).toEqual([0, 1, 0]);
    await call('DeleteMessage', { ReceiptHandle: again?.ReceiptHandle });
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('gives only the attributes that are asked for, and their digest', async () => {
    const { send, receive } = await open();
    await send('x', {
      MessageAttributes: {
        'app.kind': { DataType: 'String', StringValue: 'order' },
        size: { DataType: 'Number', StringValue: '3' },
      },
    });
    const [message] = await receive({ MessageAttributeNames: ['app.*'] });
    expect(Object.keys(message?.MessageAttributes ?? {})).toEqual(['app.kind']);
    expect(message?.Attributes).toBeUndefined();
  });

  it('digests attributes as AWS does', async () => {
    const { send } = await open();
    const timestamp = { DataType: 'Number.java.lang.Long', StringValue: '1493147359900' };
    expect(await send('x', { MessageAttributes: { timestamp } })).toMatchObject({
      MD5OfMessageAttributes: '2e2e4876d8e0bd6b8c2c8f556831c349',
    });
  });

  it('waits for a message as long as it is asked to, and no longer', async () => {
    const { clock, send, receive } = await open();
    const asked = receive({ WaitTimeSeconds: 20 });
    await vi.waitFor(() => expect(clock.nextMs).toBe(20_000));
    await send('at last');
    // No time has passed: it was the message that ended the wait.
    expect(bodies(await asked)).toEqual(['at last']);

    const inVain = receive({ WaitTimeSeconds: 20 });
    await vi.waitFor(() => expect(clock.nextMs).toBe(20_000));
    await clock.advance(20_000);
    expect(await inVain).toEqual([]);
  });

  it('wakes a receiver when a delayed message becomes visible', async () => {
    const { clock, send, receive, counts } = await open();
    await send('later', { DelaySeconds: 5 });
    expect(await counts()).toEqual([0, 0, 1]);
    expect(await receive()).toEqual([]);
    const asked = receive({ WaitTimeSeconds: 20 });
    await vi.waitFor(() => expect(clock.nextMs).toBe(5_000));
    await clock.advance(5_000);
    expect(bodies(await asked)).toEqual(['later']);
  });

  it('moves what was received too often to the dead-letter queue', async () => {
    const { clock, send, receive, Dead } = await open();
    await send('poison');
    for (let i = 0; i < 2; i += 1) {
      expect(await receive()).toHaveLength(1);
      await clock.advance(60_000);
    }
    expect(await receive()).toEqual([]);
    expect(bodies(await receive({ QueueUrl: Dead }))).toEqual(['poison']);
  });

  it('forgets what is older than the retention, and everything when purged', async () => {
    const { clock, send, counts, call } = await open();
    await send('old');
    await clock.advance(3_599_000);
    await send('young');
    await clock.advance(1_000);
    expect(await counts()).toEqual([1, 0, 0]);
    await call('PurgeQueue');
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('refuses as AWS does', async () => {
    const { call, send } = await open();
    const refused = (answer: Promise<unknown>, code: string, message = '') =>
      expect(answer).rejects.toMatchObject({ status: 400, code, message: expect.stringContaining(message) });
    await refused(call('GetQueueUrl', { QueueName: 'nobody' }), 'QueueDoesNotExist');
    await refused(send('x'.repeat(1_048_577)), 'InvalidParameterValueException', '1048576 bytes');
    const many = call('ReceiveMessage', { MaxNumberOfMessages: 11 });
    await refused(many, 'InvalidParameterValueException', 'MaxNumberOfMessages');
    await refused(call('DeleteMessage', { ReceiptHandle: 'x' }), 'ReceiptHandleIsInvalid');
    await refused(call('TagQueue'), 'InvalidAction', 'ReceiveMessage');
    expect(await call('GetQueueUrl', { QueueName: 'dead-letters' })).toMatchObject({
      QueueUrl: expect.stringMatching(/\/000000000000\/dead-letters$/),
    });
  });

  it('ends with a receiver still waiting', async () => {
    const { clock, emulator, receive } = await open();
    const asked = receive({ WaitTimeSeconds: 20 });
    await vi.waitFor(() => expect(clock.nextMs).toBe(20_000));
    await emulator.settle();
    expect(await asked).toEqual([]);
  });
});
