import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  ListTopicsCommand,
  SetSubscriptionAttributesCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Harness, OTHER_TOPIC, STREAM, startSns, TOPIC, temporaryFolder } from './support/harness.ts';

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

describe('local SNS: topics and subscriptions', () => {
  it('lists the topics of the template with their attributes', async () => {
    const { Topics } = await local.client.send(new ListTopicsCommand({}));
    expect(Topics).toEqual([{ TopicArn: TOPIC }, { TopicArn: OTHER_TOPIC }]);
    await local.subscribe('email', me);
    const { Attributes } = await local.client.send(new GetTopicAttributesCommand({ TopicArn: TOPIC }));
    expect(Attributes).toMatchObject({
      TopicArn: TOPIC,
      Owner: '000000000000',
      DisplayName: 'Streamwatch "alerts"',
      SubscriptionsConfirmed: '1',
    });
  });

  it('confirms a subscription at once, says so by mail, and makes the same one only once', async () => {
    const arn = await local.subscribe('email', me);
    expect(arn).toMatch(/:Alerts:[0-9a-f-]{36}$/);
    expect(await local.subscribe('email', me)).toBe(arn);
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
    await local.subscribe('firehose', STREAM);
    await expect(local.subscribe('firehose', STREAM, { RawMessageDelivery: 'true' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('already exists with different attributes'),
    });
  });

  it('sets, shows and removes attributes', async () => {
    const SubscriptionArn = await local.subscribe('firehose', STREAM);
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
    await expect(set('FilterPolicyScope', 'Everything')).rejects.toThrow(
      /expected MessageAttributes or MessageBody/,
    );
    await expect(set('ReplayPolicy', '{}')).rejects.toThrow(/not emulated locally/);
    await expect(set('Nonsense', 'x')).rejects.toThrow(/AttributeName: Nonsense/);
  });

  it('pages through more than a hundred subscriptions', async () => {
    for (let i = 0; i < 101; i += 1) await local.subscribe('email', `p${i}@example.com`);
    const first = await local.client.send(new ListSubscriptionsCommand({}));
    expect(first.Subscriptions).toHaveLength(100);
    const second = await local.client.send(new ListSubscriptionsCommand({ NextToken: first.NextToken }));
    expect(second.Subscriptions?.map(({ Endpoint }) => Endpoint)).toEqual(['p100@example.com']);
    expect(second.NextToken).toBeUndefined();
  });

  it('accepts protocols that it does not deliver to, and says so', async () => {
    await local.subscribe('application', 'arn:aws:sns:us-east-1:000000000000:endpoint/x');
    expect(local.notices).toEqual([
      'SNS delivers nothing to application arn:aws:sns:us-east-1:000000000000:endpoint/x: the protocol application is not emulated',
    ]);
  });

  it.each([
    ['email', 'nobody', /Email address/],
    ['email', 'a b@example.com', /Email address/],
    ['firehose', 'alerts', /Firehose endpoint ARN/],
    ['carrier-pigeon', 'roof', /does not support this protocol string: carrier-pigeon/],
  ])('refuses %s with the endpoint %s', async (protocol, endpoint, message) => {
    await expect(local.subscribe(protocol, endpoint)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('refuses raw delivery to e-mail', async () => {
    await expect(local.subscribe('email', me, { RawMessageDelivery: 'true' })).rejects.toThrow(
      'Delivery protocol [email] does not support raw message delivery.',
    );
  });

  it('ends a subscription, by API and by its link', async () => {
    const arn = await local.subscribe('email', me);
    await local.client.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    await local.client.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    await local.publish({});
    expect(await local.alertMails()).toEqual([]);
    const again = await local.subscribe('email', me);
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
    await expect(local.publish({ TopicArn: 'Alerts' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    const answer = await local.sns.handle(new URLSearchParams({ Action: 'CreateTopic' }));
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('<Code>InvalidAction</Code>');
  });
});
