import { PublishBatchCommand, type PublishCommand } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Harness, STREAM, startSns, TOPIC, temporaryFolder } from './support/harness.ts';

const me = 'me@example.com';
let folder: ReturnType<typeof temporaryFolder>;
let local: Harness;

beforeEach(async () => {
  folder = temporaryFolder();
  local = await startSns({ stateDir: folder.path });
});
afterEach(async () => {
  await local.close();
  folder.remove();
});

describe('local SNS: publishing', () => {
  it('mails the message with a footer to end the subscription', async () => {
    const arn = await local.subscribe('email', me);
    await local.publish({ Subject: 'Hot & bothered', Message: 'Temperature <b>85</b> °C' });
    expect(await local.alertMails()).toEqual([
      expect.objectContaining({
        to: me,
        from: '"Streamwatch  alerts " <no-reply@sns.amazonaws.com>',
        subject: 'Hot & bothered',
      }),
    ]);
    const text = local.mails.at(-1)?.text ?? '';
    expect(text.startsWith('Temperature <b>85</b> °C\n')).toBe(true);
    const link = new URL(/^http:.*$/m.exec(text)?.[0] ?? '');
    expect(link.origin + link.pathname).toBe('http://127.0.0.1:4566/unsubscribe.html');
    expect(link.searchParams.get('SubscriptionArn')).toBe(arn);
  });

  it('gives each protocol its own body, and the others the default', async () => {
    await local.subscribe('email', me);
    await local.subscribe('email-json', 'machine@example.com');
    await local.subscribe('firehose', STREAM, { RawMessageDelivery: 'true' });
    const { MessageId } = await local.publish({
      MessageStructure: 'json',
      Message: JSON.stringify({
        default: 'short',
        email: 'for people',
        firehose: '{"a":1}\n{"a":2}\n',
        x: 1,
      }),
      MessageAttributes: { rule: { DataType: 'String', StringValue: 'überhitzt' } },
    });
    const mails = await local.alertMails();
    expect(mails.map(({ to }) => to).sort()).toEqual(['machine@example.com', me]);
    expect(mails.find(({ to }) => to === me)?.text).toMatch(/^for people\n/);
    expect(mails.find(({ to }) => to === me)?.subject).toBe('AWS Notification Message');
    const envelope = JSON.parse(mails.find(({ to }) => to === 'machine@example.com')?.text ?? '');
    expect(envelope).toMatchObject({
      Type: 'Notification',
      MessageId,
      Message: 'short',
      MessageAttributes: { rule: { Type: 'String', Value: 'überhitzt' } },
    });
    // Raw delivery appends nothing: the lines are as the sender wrote them.
    expect(local.records).toEqual([{ stream: STREAM, text: '{"a":1}\n{"a":2}\n' }]);
  });

  it('wraps a record for Firehose in one line of JSON if delivery is not raw', async () => {
    await local.subscribe('firehose', STREAM);
    await local.publish({ Message: 'two\nlines' });
    await local.sns.close();
    const text = local.records[0]?.text ?? '';
    expect(text.indexOf('\n')).toBe(text.length - 1);
    expect(JSON.parse(text)).toMatchObject({ Type: 'Notification', TopicArn: TOPIC, Message: 'two\nlines' });
  });

  it('delivers only what the filter policy lets through', async () => {
    await local.subscribe('email', me, { FilterPolicy: '{"severity":["critical"]}' });
    for (const severity of ['warning', 'critical']) {
      await local.publish({
        Subject: severity,
        MessageAttributes: { severity: { DataType: 'String', StringValue: severity } },
      });
    }
    expect((await local.alertMails()).map(({ subject }) => subject)).toEqual(['critical']);
  });

  it('accepts a message of exactly 256 KiB and a subject of 100 characters', async () => {
    await expect(
      local.publish({ Message: 'ä'.repeat(131_072), Subject: 'x'.repeat(100) }),
    ).resolves.toMatchObject({
      MessageId: expect.any(String),
    });
  });

  it.each<[string, Partial<PublishCommand['input']>, RegExp]>([
    ['an empty message', { Message: '' }, /Empty message/],
    ['a message above 256 KiB', { Message: 'x'.repeat(262_145) }, /at most 262144 bytes, got 262145/],
    [
      'attributes that take it above 256 KiB',
      { Message: 'x'.repeat(262_140), MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } } },
      /Message too long/,
    ],
    [
      'a subject above 100 characters',
      { Subject: 'x'.repeat(101) },
      /Subject.*at most 100 characters, got 101/,
    ],
    ['a subject with a line break', { Subject: 'a\nBcc: x@example.com' }, /Subject/],
    ['a subject that is not ASCII', { Subject: 'Überhitzt' }, /Subject/],
    ['a structure that is not json', { MessageStructure: 'xml' }, /MessageStructure/],
    ['json that is none', { MessageStructure: 'json', Message: 'x' }, /failed to parse/],
    ['json without default', { MessageStructure: 'json', Message: '{"email":"x"}' }, /No default entry/],
    [
      'json whose default is not text',
      { MessageStructure: 'json', Message: '{"default":1}' },
      /No default entry/,
    ],
    ['a phone number', { TopicArn: undefined, PhoneNumber: '+15550100' }, /SMS is not emulated/],
  ])('refuses %s', async (_name, input, message) => {
    await expect(local.publish(input)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['an unknown type', { DataType: 'Text', StringValue: 'x' }, /supported type prefixes/],
    ['a number that is none', { DataType: 'Number', StringValue: 'x' }, /not a number/],
    ['no value', { DataType: 'String' }, /no value/],
  ])('refuses an attribute with %s', async (_name, attribute, message) => {
    await expect(local.publish({ MessageAttributes: { rule: attribute } })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringMatching(message),
    });
  });

  it('publishes the good entries of a batch and names the others', async () => {
    await local.subscribe('email', me);
    const result = await local.client.send(
      new PublishBatchCommand({
        TopicArn: TOPIC,
        PublishBatchRequestEntries: [
          { Id: 'a', Message: 'first', Subject: 'one' },
          { Id: 'b', Message: 'second', Subject: 'bad\nsubject' },
          { Id: 'c', Message: 'third', Subject: 'three' },
        ],
      }),
    );
    expect(result.Successful?.map(({ Id }) => Id)).toEqual(['a', 'c']);
    expect(result.Failed).toEqual([
      { Id: 'b', Code: 'InvalidParameter', Message: expect.stringContaining('Subject'), SenderFault: true },
    ]);
    expect((await local.alertMails()).map(({ subject }) => subject)).toEqual(['one', 'three']);
  });

  it.each([
    ['EmptyBatchRequestException', []],
    ['TooManyEntriesInBatchRequestException', Array.from({ length: 11 }, (_, i) => `id${i}`)],
    ['BatchEntryIdsNotDistinctException', ['a', 'a']],
    ['InvalidBatchEntryIdException', ['a b']],
  ])('refuses a batch with %s', async (name, ids) => {
    const PublishBatchRequestEntries = ids.map((Id) => ({ Id, Message: 'x' }));
    const command = new PublishBatchCommand({ TopicArn: TOPIC, PublishBatchRequestEntries });
    await expect(local.client.send(command)).rejects.toMatchObject({ name });
  });

  it('refuses a batch above 256 KiB', async () => {
    const entries = ['a', 'b'].map((Id) => ({ Id, Message: 'x'.repeat(140_000) }));
    await expect(
      local.client.send(new PublishBatchCommand({ TopicArn: TOPIC, PublishBatchRequestEntries: entries })),
    ).rejects.toMatchObject({ name: 'BatchRequestTooLongException' });
  });

  it('counts the attributes of a batch as well', async () => {
    const MessageAttributes = { note: { DataType: 'String', StringValue: 'x'.repeat(140_000) } };
    const entries = ['a', 'b'].map((Id) => ({ Id, Message: 'x', MessageAttributes }));
    const send = (PublishBatchRequestEntries: typeof entries) =>
      local.client.send(new PublishBatchCommand({ TopicArn: TOPIC, PublishBatchRequestEntries }));
    await expect(send(entries)).rejects.toMatchObject({ name: 'BatchRequestTooLongException' });
    expect((await send(entries.slice(1))).Successful).toHaveLength(1);
  });
});
