import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Harness, OTHER_TOPIC, STREAM, startSns, TOPIC, temporaryFolder } from './harness.ts';

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

const subscribe = async (protocol: string, endpoint: string, Attributes?: Record<string, string>) => {
  const command = new SubscribeCommand({
    TopicArn: TOPIC,
    Protocol: protocol,
    Endpoint: endpoint,
    Attributes,
  });
  return (await local.client.send(command)).SubscriptionArn ?? '';
};
const publish = (input: Partial<PublishCommand['input']>) =>
  local.client.send(new PublishCommand({ TopicArn: TOPIC, Message: 'hello', ...input }));
/** Mails of alerts, without the one that greets a new subscriber. */
const alertMails = async () => {
  await local.sns.close();
  return local.mails.filter(({ subject }) => !subject.includes('Subscription Confirmation'));
};

describe('local SNS: topics and subscriptions', () => {
  it('lists the topics of the template with their attributes', async () => {
    const { Topics } = await local.client.send(new ListTopicsCommand({}));
    expect(Topics).toEqual([{ TopicArn: TOPIC }, { TopicArn: OTHER_TOPIC }]);
    await subscribe('email', me);
    const { Attributes } = await local.client.send(new GetTopicAttributesCommand({ TopicArn: TOPIC }));
    expect(Attributes).toMatchObject({
      TopicArn: TOPIC,
      Owner: '000000000000',
      DisplayName: 'Streamwatch "alerts"',
      SubscriptionsConfirmed: '1',
    });
  });

  it('confirms a subscription at once, says so by mail, and makes the same one only once', async () => {
    const arn = await subscribe('email', me);
    expect(arn).toMatch(/:Alerts:[0-9a-f-]{36}$/);
    expect(await subscribe('email', me)).toBe(arn);
    const { Subscriptions } = await local.client.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: TOPIC }),
    );
    expect(Subscriptions).toEqual([
      { SubscriptionArn: arn, Owner: '000000000000', Protocol: 'email', Endpoint: me, TopicArn: TOPIC },
    ]);
    await local.sns.close();
    expect(local.mails).toHaveLength(1);
    expect(local.mails[0]).toMatchObject({ to: me, subject: 'AWS Notification - Subscription Confirmation' });
    expect(local.mails[0]?.text).toContain(`${me} is subscribed`);
  });

  it('refuses to change a subscription by subscribing again', async () => {
    await subscribe('firehose', STREAM);
    await expect(subscribe('firehose', STREAM, { RawMessageDelivery: 'true' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('already exists with different attributes'),
    });
  });

  it('sets, shows and removes attributes', async () => {
    const SubscriptionArn = await subscribe('firehose', STREAM);
    const set = (AttributeName: string, AttributeValue: string) =>
      local.client.send(
        new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }),
      );
    const get = async () =>
      (await local.client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;
    await set('RawMessageDelivery', 'true');
    await set('FilterPolicy', '{"severity":["critical"]}');
    expect(await get()).toMatchObject({
      RawMessageDelivery: 'true',
      FilterPolicy: '{"severity":["critical"]}',
      FilterPolicyScope: 'MessageAttributes',
      PendingConfirmation: 'false',
    });
    await set('FilterPolicy', '{}');
    expect(await get()).not.toHaveProperty('FilterPolicy');
    await expect(set('FilterPolicyScope', 'MessageBody')).rejects.toThrow(/not emulated locally/);
    await expect(set('RedrivePolicy', '{}')).rejects.toThrow(/not emulated locally/);
    await expect(set('Nonsense', 'x')).rejects.toThrow(/AttributeName: Nonsense/);
  });

  it('pages through more than a hundred subscriptions', async () => {
    for (let i = 0; i < 101; i += 1) await subscribe('email', `p${i}@example.com`);
    const first = await local.client.send(new ListSubscriptionsCommand({}));
    expect(first.Subscriptions).toHaveLength(100);
    const second = await local.client.send(new ListSubscriptionsCommand({ NextToken: first.NextToken }));
    expect(second.Subscriptions?.map(({ Endpoint }) => Endpoint)).toEqual(['p100@example.com']);
    expect(second.NextToken).toBeUndefined();
  });

  it('accepts protocols that it does not deliver to, and says so', async () => {
    await subscribe('sqs', 'arn:aws:sqs:us-east-1:000000000000:queue');
    expect(local.notices).toEqual([
      'SNS delivers nothing to sqs arn:aws:sqs:us-east-1:000000000000:queue: the protocol sqs is not emulated',
    ]);
  });

  it.each([
    ['email', 'nobody', /Email address/],
    ['email', 'a b@example.com', /Email address/],
    ['firehose', 'alerts', /Firehose endpoint ARN/],
    ['carrier-pigeon', 'roof', /does not support this protocol string: carrier-pigeon/],
  ])('refuses %s with the endpoint %s', async (protocol, endpoint, message) => {
    await expect(subscribe(protocol, endpoint)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('refuses raw delivery to e-mail', async () => {
    await expect(subscribe('email', me, { RawMessageDelivery: 'true' })).rejects.toThrow(
      'Delivery protocol [email] does not support raw message delivery.',
    );
  });

  it('ends a subscription, by API and by its link', async () => {
    const arn = await subscribe('email', me);
    await local.client.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    await local.client.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    await publish({});
    expect(await alertMails()).toEqual([]);
    const again = await subscribe('email', me);
    expect(local.sns.subscription(again)).toMatchObject({ endpoint: me });
    expect(local.sns.unsubscribe(again)).toBe(true);
    expect(local.sns.unsubscribe(again)).toBe(false);
  });

  it('answers errors with the codes of AWS', async () => {
    const TopicArn = `${TOPIC}-missing`;
    await expect(local.client.send(new GetTopicAttributesCommand({ TopicArn }))).rejects.toMatchObject({
      name: 'NotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(publish({ TopicArn: 'Alerts' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    const answer = await local.sns.handle(new URLSearchParams({ Action: 'CreateTopic' }));
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('<Code>InvalidAction</Code>');
  });
});

describe('local SNS: publishing', () => {
  it('mails the message with the footer that ends the subscription', async () => {
    const arn = await subscribe('email', me);
    await publish({ Subject: 'Hot & bothered', Message: 'Temperature <b>85</b> °C' });
    expect(await alertMails()).toEqual([
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

  it('gives each protocol its own body, and the default to the others', async () => {
    await subscribe('email', me);
    await subscribe('email-json', 'machine@example.com');
    await subscribe('firehose', STREAM, { RawMessageDelivery: 'true' });
    const { MessageId } = await publish({
      MessageStructure: 'json',
      Message: JSON.stringify({
        default: 'short',
        email: 'for people',
        firehose: '{"a":1}\n{"a":2}\n',
        x: 1,
      }),
      MessageAttributes: { rule: { DataType: 'String', StringValue: 'überhitzt' } },
    });
    const mails = await alertMails();
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
    // Raw delivery appends nothing: the lines are the sender's own.
    expect(local.records).toEqual([{ stream: STREAM, text: '{"a":1}\n{"a":2}\n' }]);
  });

  it('wraps a record for Firehose in one line of JSON where delivery is not raw', async () => {
    await subscribe('firehose', STREAM);
    await publish({ Message: 'two\nlines' });
    await local.sns.close();
    const text = local.records[0]?.text ?? '';
    expect(text.indexOf('\n')).toBe(text.length - 1);
    expect(JSON.parse(text)).toMatchObject({ Type: 'Notification', TopicArn: TOPIC, Message: 'two\nlines' });
  });

  it('delivers only what the filter policy lets pass', async () => {
    await subscribe('email', me, { FilterPolicy: '{"severity":["critical"]}' });
    for (const severity of ['warning', 'critical']) {
      await publish({
        Subject: severity,
        MessageAttributes: { severity: { DataType: 'String', StringValue: severity } },
      });
    }
    expect((await alertMails()).map(({ subject }) => subject)).toEqual(['critical']);
  });

  it('accepts a message of exactly 256 KiB and a subject of 100 characters', async () => {
    await expect(publish({ Message: 'ä'.repeat(131_072), Subject: 'x'.repeat(100) })).resolves.toMatchObject({
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
      'json whose default is no text',
      { MessageStructure: 'json', Message: '{"default":1}' },
      /No default entry/,
    ],
    ['a phone number', { TopicArn: undefined, PhoneNumber: '+15550100' }, /SMS is not emulated/],
  ])('refuses %s', async (_name, input, message) => {
    await expect(publish(input)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['an unknown type', { DataType: 'Text', StringValue: 'x' }, /supported type prefixes/],
    ['a number that is none', { DataType: 'Number', StringValue: 'x' }, /no number/],
    ['no value', { DataType: 'String' }, /no value/],
  ])('refuses an attribute with %s', async (_name, attribute, message) => {
    await expect(publish({ MessageAttributes: { rule: attribute } })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringMatching(message),
    });
  });

  it('publishes the good entries of a batch and names the others', async () => {
    await subscribe('email', me);
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
    expect((await alertMails()).map(({ subject }) => subject)).toEqual(['one', 'three']);
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
});
