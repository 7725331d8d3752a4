/** Who is subscribed to a topic by e-mail or with an endpoint, as SNS has them: people and programs, no part of the stack. */
import {
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  type SNSClient,
  type Subscription,
} from '@aws-sdk/client-sns';
import { awsProblemKind } from './aws-problem.ts';

const LISTED = ['email', 'email-json', 'http', 'https'];

export interface OfTopic {
  client: SNSClient;
  topicArn: string;
}

export interface Subscriber {
  address: string;
  /** Gets nothing before. */
  isConfirmed: boolean;
  /** As JSON; missing where everything is wanted, null where it may not be seen. */
  filter?: string | null;
}

/** Sorted by address. */
export async function readSubscribers(topic: OfTopic): Promise<Subscriber[]> {
  const all = await subscriptionsOf(topic);
  const subscribers = await Promise.all(all.map((one) => subscriberOf(topic, one)));
  return subscribers.sort((a, b) => (a.address < b.address ? -1 : 1));
}

export async function subscriptionsOf({ client, topicArn }: OfTopic): Promise<Subscription[]> {
  const found: Subscription[] = [];
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn })) {
    found.push(...(page.Subscriptions ?? []).filter(({ Protocol = '' }) => LISTED.includes(Protocol)));
  }
  return found;
}

export const isConfirmed = ({ SubscriptionArn = '' }: Subscription): boolean =>
  SubscriptionArn.startsWith('arn:');

async function subscriberOf({ client }: OfTopic, subscription: Subscription): Promise<Subscriber> {
  const { Endpoint: address = '', SubscriptionArn } = subscription;
  if (!isConfirmed(subscription)) return { address, isConfirmed: false };
  try {
    const { Attributes } = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    const filter = Attributes?.FilterPolicy;
    return { address, isConfirmed: true, ...(filter !== undefined && { filter }) };
  } catch (error) {
    // IAM has no resource for subscriptions, so not everybody who may list them may look at each.
    if (awsProblemKind(error) !== 'denied') throw error;
    return { address, isConfirmed: true, filter: null };
  }
}
