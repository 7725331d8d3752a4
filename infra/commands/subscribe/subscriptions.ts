/** The subscriptions of people and of endpoints, as SNS has them. */
import {
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  type Subscription,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { isEmailAddress } from '../../../services/contract/email-address.ts';
import {
  isConfirmed,
  type OfTopic,
  readSubscribers,
  type Subscriber,
  subscriptionsOf,
} from '../../cli/subscribers.ts';
import { UserError } from '../../cli/user-error.ts';

/** The answer of AWS in place of an ARN until the address is confirmed; in a list it is written otherwise. */
export const PENDING = 'pending confirmation';

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
  const lines = (await readSubscribers(topic)).map((one) => `${one.address}  ${describe(one)}\n`);
  return lines.length > 0 ? lines.join('') : 'Nobody is subscribed.\n';
}

function describe({ isConfirmed: confirmed, filter }: Subscriber): string {
  if (!confirmed) return 'waits to be confirmed';
  return filter === null
    ? 'filter not shown: sns:GetSubscriptionAttributes is missing'
    : (filter ?? 'everything');
}

function confirmedArn(subscription: Subscription): string {
  if (isConfirmed(subscription)) return subscription.SubscriptionArn ?? '';
  throw new UserError(
    `${subscription.Endpoint} has not confirmed yet: nothing can be changed before. AWS forgets it after two days.`,
  );
}

const find = async (topic: OfTopic, address: string): Promise<Subscription | undefined> =>
  (await subscriptionsOf(topic)).find(({ Endpoint }) => Endpoint === address);
