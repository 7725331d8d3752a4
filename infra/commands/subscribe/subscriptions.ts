/** The subscriptions of people and of endpoints, as SNS has them. */
import {
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  SetSubscriptionAttributesCommand,
  type SNSClient,
  SubscribeCommand,
  type Subscription,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { isEmailAddress } from '../../../services/contract/email-address.ts';
import { awsProblemKind } from '../../cli/aws-problem.ts';
import { UserError } from '../../cli/user-error.ts';

/** The answer of AWS in place of an ARN until the address is confirmed; in a list it is written otherwise. */
export const PENDING = 'pending confirmation';
const LISTED = ['email', 'email-json', 'http', 'https'];

export interface OfTopic {
  client: SNSClient;
  topicArn: string;
}

/** Returns the ARN, or {@link PENDING}. Another filter replaces the one before. */
export async function addSubscription(
  topic: OfTopic,
  address: string,
  policy: string | undefined,
): Promise<string> {
  const existing = policy === undefined ? undefined : await find(topic, address);
  if (existing) {
    await topic.client.send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn: confirmedArn(existing),
        AttributeName: 'FilterPolicy',
        AttributeValue: policy,
      }),
    );
    return confirmedArn(existing);
  }
  const request = {
    ...{ TopicArn: topic.topicArn, Endpoint: address },
    Protocol: isEmailAddress(address) ? 'email' : new URL(address).protocol.slice(0, -1),
    ...(policy === undefined ? {} : { Attributes: { FilterPolicy: policy } }),
  };
  const { SubscriptionArn } = await topic.client.send(new SubscribeCommand(request));
  return SubscriptionArn ?? PENDING;
}

/** @throws UserError where there is none, or where nobody has confirmed it yet */
export async function removeSubscription(topic: OfTopic, address: string): Promise<void> {
  const existing = await find(topic, address);
  if (!existing) {
    throw new UserError(
      `${address} is not subscribed. List the subscriptions with: npm run subscribe -- list`,
    );
  }
  await topic.client.send(new UnsubscribeCommand({ SubscriptionArn: confirmedArn(existing) }));
}

/** A line for each: address, and its filter or what it waits for. */
export async function listSubscriptions(topic: OfTopic): Promise<string> {
  const lines: string[] = [];
  for (const subscription of await all(topic)) {
    lines.push(`${subscription.Endpoint}  ${await describe(topic, subscription)}\n`);
  }
  return lines.length > 0 ? lines.sort().join('') : 'Nobody is subscribed.\n';
}

async function describe({ client }: OfTopic, subscription: Subscription): Promise<string> {
  if (!isConfirmed(subscription)) return 'waits to be confirmed';
  const { SubscriptionArn } = subscription;
  try {
    const { Attributes } = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    return Attributes?.FilterPolicy ?? 'everything';
  } catch (error) {
    // IAM has no resource for subscriptions, so not everybody who may list them may look at each.
    if (awsProblemKind(error) !== 'denied') throw error;
    return 'filter not shown: sns:GetSubscriptionAttributes is missing';
  }
}

const isConfirmed = ({ SubscriptionArn = '' }: Subscription) => SubscriptionArn.startsWith('arn:');

function confirmedArn(subscription: Subscription): string {
  if (isConfirmed(subscription)) return subscription.SubscriptionArn ?? '';
  throw new UserError(
    `${subscription.Endpoint} has not confirmed yet: nothing can be changed before. AWS forgets it after two days.`,
  );
}

const find = async (topic: OfTopic, address: string): Promise<Subscription | undefined> =>
  (await all(topic)).find(({ Endpoint }) => Endpoint === address);

async function all({ client, topicArn }: OfTopic): Promise<Subscription[]> {
  const found: Subscription[] = [];
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn })) {
    found.push(...(page.Subscriptions ?? []).filter(({ Protocol = '' }) => LISTED.includes(Protocol)));
  }
  return found;
}
