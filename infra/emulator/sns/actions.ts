/** The API operations, from parameters to results, as the API reference has them. */
import { AwsError } from '../wire/aws-error.ts';
import { items, stringMap, XmlMap, type XmlValue } from '../wire/query-protocol.ts';
import { describeAttributes, ownerOf, parseSubscribe, withAttribute } from './attributes.ts';
import {
  MAX_BATCH_ENTRIES,
  MAX_MESSAGE_BYTES,
  type Message,
  messageBytes,
  parseAttributes,
  parseMessage,
} from './message.ts';
import {
  pendingFor,
  type Subscription,
  type SubscriptionInput,
  type SubscriptionStore,
} from './subscriptions.ts';
import type { Topic } from './template.ts';

export interface ActionContext {
  topics: ReadonlyMap<string, Topic>;
  subscriptions: SubscriptionStore;
  /** Dispatches a message to the topic's subscriptions. */
  publish(message: Message): void;
  subscribed(subscription: Subscription): void;
  now(): number;
}

type Action = (params: URLSearchParams, context: ActionContext) => XmlValue;

const PAGE_SIZE = 100;
const BATCH_ID = /^[A-Za-z0-9_-]{1,80}$/;

/** Operations by name. They throw an AwsError to refuse a call. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  Publish: publish,
  PublishBatch: publishBatch,
  Subscribe: subscribe,
  ConfirmSubscription: confirmSubscription,
  Unsubscribe: unsubscribe,
  ListTopics: listTopics,
  GetTopicAttributes: getTopicAttributes,
  ListSubscriptions: (params, { subscriptions }) => page(params, subscriptions.all()),
  ListSubscriptionsByTopic: (params, context) =>
    page(params, context.subscriptions.ofTopic(topicOf(params, context).arn)),
  GetSubscriptionAttributes: (params, context) => ({
    Attributes: describeAttributes(subscriptionOf(params, context)),
  }),
  SetSubscriptionAttributes: setSubscriptionAttributes,
};

function publish(params: URLSearchParams, context: ActionContext): XmlValue {
  if (params.has('PhoneNumber')) throw invalid('PhoneNumber Reason: SMS is not emulated locally');
  const topic = topicOf(params, context, params.has('TopicArn') ? 'TopicArn' : 'TargetArn');
  const message = parseMessage(params, topic.arn, context.now());
  context.publish(message);
  return { MessageId: message.id };
}

/** A batch can succeed in part: entries that are refused are listed in `Failed`, and the others are published. */
function publishBatch(params: URLSearchParams, context: ActionContext): XmlValue {
  const topic = topicOf(params, context);
  const entries = items(params, 'PublishBatchRequestEntries', 'member');
  checkBatch(entries);
  const successful: XmlValue[] = [];
  const failed: XmlValue[] = [];
  const messages: Message[] = [];
  for (const entry of entries) {
    const Id = entry.get('Id') ?? '';
    try {
      const message = parseMessage(entry, topic.arn, context.now());
      messages.push(message);
      successful.push({ Id, MessageId: message.id });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  for (const message of messages) context.publish(message);
  return { Successful: successful, Failed: failed };
}

function checkBatch(entries: URLSearchParams[]): void {
  if (entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  }
  if (entries.length > MAX_BATCH_ENTRIES) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Expected at most ${MAX_BATCH_ENTRIES} entries in a batch, got ${entries.length}`,
    );
  }
  const ids = entries.map((entry) => entry.get('Id') ?? '');
  const badId = ids.find((id) => !BATCH_ID.test(id));
  if (badId !== undefined) {
    throw new AwsError('InvalidBatchEntryId', `Expected an Id to match ${BATCH_ID.source}, got "${badId}"`);
  }
  if (new Set(ids).size < ids.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  }
  const size = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (size > MAX_MESSAGE_BYTES) {
    throw new AwsError('BatchRequestTooLong', `Expected at most ${MAX_MESSAGE_BYTES} bytes, got ${size}`);
  }
}

/** One whose attributes are refused counts without them: that is said of it alone. */
function bytesOf(entry: URLSearchParams): number {
  const body = entry.get('Message') ?? '';
  try {
    return messageBytes(body, parseAttributes(entry));
  } catch {
    return messageBytes(body, {});
  }
}

function subscribe(params: URLSearchParams, context: ActionContext): XmlValue {
  const topic = topicOf(params, context);
  const protocol = required(params, 'Protocol');
  const endpoint = required(params, 'Endpoint');
  const attributes = stringMap(params, 'Attributes');
  const input = parseSubscribe(topic.arn, protocol, endpoint, attributes);
  const existing = context.subscriptions.find(topic.arn, protocol, endpoint);
  if (existing) {
    // Subscribing again is harmless, unless it asks for other attributes: ignoring those would be a silent difference.
    if (Object.keys(attributes).length > 0 && !sameAttributes(existing, input)) {
      throw invalid('Attributes Reason: Subscription already exists with different attributes');
    }
    // AWS sends the confirmation again: the endpoint may have been down.
    if (existing.pending) context.subscribed(existing);
    return { SubscriptionArn: shownArn(existing, params) };
  }
  const subscription = context.subscriptions.add({ ...input, ...pendingFor(protocol, context.now()) });
  context.subscribed(subscription);
  return { SubscriptionArn: shownArn(subscription, params) };
}

/** As AWS has it: the ARN of one that is not confirmed is told only to those who ask for it. */
const shownArn = ({ arn, pending }: Subscription, params?: URLSearchParams): string =>
  pending && params?.get('ReturnSubscriptionArn') !== 'true' ? 'pending confirmation' : arn;

function confirmSubscription(params: URLSearchParams, context: ActionContext): XmlValue {
  const topic = topicOf(params, context);
  const subscription = context.subscriptions.ofToken(required(params, 'Token'));
  if (subscription?.topicArn !== topic.arn) throw invalid('Token');
  if (params.get('AuthenticateOnUnsubscribe') === 'true') {
    throw invalid('AuthenticateOnUnsubscribe Reason: it is not emulated locally');
  }
  const { pending: _, policy: __, deadLetterArn: ___, notEmulated: ____, ...record } = subscription;
  context.subscriptions.update(record);
  return { SubscriptionArn: subscription.arn };
}

const sameAttributes = (a: SubscriptionInput, b: SubscriptionInput) =>
  a.rawMessageDelivery === b.rawMessageDelivery &&
  a.filterPolicyScope === b.filterPolicyScope &&
  a.filterPolicy === b.filterPolicy &&
  a.deliveryPolicy === b.deliveryPolicy &&
  a.redrivePolicy === b.redrivePolicy &&
  a.subscriptionRoleArn === b.subscriptionRoleArn;

function unsubscribe(params: URLSearchParams, context: ActionContext): XmlValue {
  const arn = required(params, 'SubscriptionArn');
  if (arn.split(':').length !== 7) throw invalid('SubscriptionArn Reason: An ARN must have 7 elements');
  // Ending a subscription twice is not an error on AWS either.
  context.subscriptions.remove(arn);
  return undefined;
}

function setSubscriptionAttributes(params: URLSearchParams, context: ActionContext): XmlValue {
  const { policy: _, deadLetterArn: __, notEmulated: ___, ...record } = subscriptionOf(params, context);
  const name = required(params, 'AttributeName');
  context.subscriptions.update(withAttribute(record, name, params.get('AttributeValue') ?? ''));
  return undefined;
}

function listTopics(_params: URLSearchParams, { topics }: ActionContext): XmlValue {
  return { Topics: [...topics.keys()].map((TopicArn) => ({ TopicArn })) };
}

function getTopicAttributes(params: URLSearchParams, context: ActionContext): XmlValue {
  const topic = topicOf(params, context);
  const subscriptions = context.subscriptions.ofTopic(topic.arn);
  const pending = subscriptions.filter((subscription) => subscription.pending).length;
  return {
    Attributes: new XmlMap({
      TopicArn: topic.arn,
      Owner: ownerOf(topic.arn),
      DisplayName: topic.displayName ?? '',
      SignatureVersion: topic.signatureVersion,
      SubscriptionsConfirmed: String(subscriptions.length - pending),
      SubscriptionsPending: String(pending),
      SubscriptionsDeleted: '0',
    }),
  };
}

function page(params: URLSearchParams, all: Subscription[]): XmlValue {
  const start = Number(params.get('NextToken') ?? 0);
  if (!Number.isSafeInteger(start) || start < 0) throw invalid('NextToken');
  const end = start + PAGE_SIZE;
  return {
    Subscriptions: all.slice(start, end).map((subscription) => ({
      SubscriptionArn: subscription.pending ? 'PendingConfirmation' : subscription.arn,
      Owner: ownerOf(subscription.topicArn),
      Protocol: subscription.protocol,
      Endpoint: subscription.endpoint,
      TopicArn: subscription.topicArn,
    })),
    NextToken: end < all.length ? end : undefined,
  };
}

const invalid = (reason: string) => new AwsError('InvalidParameter', `Invalid parameter: ${reason}`);

function required(params: URLSearchParams, name: string): string {
  const value = params.get(name);
  if (value) return value;
  throw invalid(`${name} Reason: expected a value, got none`);
}

function topicOf(params: URLSearchParams, { topics }: ActionContext, name = 'TopicArn'): Topic {
  const arn = required(params, name);
  if (!/^arn:[^:]+:sns:[^:]*:[^:]*:[^:]+$/.test(arn)) {
    throw invalid(`${name} Reason: expected the ARN of a topic, got "${arn}"`);
  }
  const topic = topics.get(arn);
  if (!topic) throw new AwsError('NotFound', `Topic does not exist: ${arn}`, 404);
  return topic;
}

function subscriptionOf(params: URLSearchParams, context: ActionContext): Subscription {
  const arn = required(params, 'SubscriptionArn');
  const subscription = context.subscriptions.get(arn);
  if (!subscription) throw new AwsError('NotFound', `Subscription does not exist: ${arn}`, 404);
  return subscription;
}
