/** Attributes of subscriptions, in the form of Subscribe, SetSubscriptionAttributes and GetSubscriptionAttributes. */
import { AwsError } from '../wire/aws-error.ts';
import { XmlMap } from '../wire/query-protocol.ts';
import { parseFilterPolicy } from './filter-policy.ts';
import type { Subscription, SubscriptionInput } from './subscriptions.ts';

/** AWS' protocols, and the form of endpoint that SNS requires for each. */
const ENDPOINTS = new Map<string, { pattern: RegExp; name: string }>([
  ['email', { pattern: /^[^\s@<>",;]+@[^\s@<>",;]+$/, name: 'Email address' }],
  ['email-json', { pattern: /^[^\s@<>",;]+@[^\s@<>",;]+$/, name: 'Email address' }],
  [
    'firehose',
    { pattern: /^arn:[^:]+:firehose:[^:]*:[^:]*:deliverystream\/.+$/, name: 'Firehose endpoint ARN' },
  ],
  ['http', { pattern: /^http:\/\//, name: 'Endpoint must match the specified protocol' }],
  ['https', { pattern: /^https:\/\//, name: 'Endpoint must match the specified protocol' }],
  ['sqs', { pattern: /^arn:/, name: 'SQS endpoint ARN' }],
  ['lambda', { pattern: /^arn:/, name: 'Lambda endpoint ARN' }],
  ['application', { pattern: /^arn:/, name: 'Application endpoint ARN' }],
  ['sms', { pattern: /^\+?[0-9][0-9 ()-]+$/, name: 'Invalid SMS endpoint' }],
]);
const RAW_PROTOCOLS = ['firehose', 'http', 'https', 'sqs'];

const invalid = (reason: string) => new AwsError('InvalidParameter', `Invalid parameter: ${reason}`);

/** The subscription that a call to Subscribe asks for. @throws AwsError InvalidParameter */
export function parseSubscribe(
  topicArn: string,
  protocol: string,
  endpoint: string,
  attributes: Record<string, string>,
): SubscriptionInput {
  const form = ENDPOINTS.get(protocol);
  if (!form) throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  if (!form.pattern.test(endpoint)) throw invalid(`${form.name}: got "${endpoint}"`);
  let input: SubscriptionInput = {
    topicArn,
    protocol,
    endpoint,
    rawMessageDelivery: false,
    filterPolicyScope: 'MessageAttributes',
  };
  for (const [name, value] of Object.entries(attributes)) input = withAttribute(input, name, value);
  return input;
}

/**
 * A subscription with one attribute changed; an empty filter policy removes it.
 * @throws AwsError InvalidParameter, for what AWS refuses and for the attributes that are not emulated
 */
export function withAttribute<T extends SubscriptionInput>(subscription: T, name: string, value: string): T {
  switch (name) {
    case 'FilterPolicy': {
      const { filterPolicy: _, ...rest } = subscription;
      if (value === '' || parseFilterPolicy(value).size === 0) return rest as T;
      return { ...subscription, filterPolicy: value };
    }
    case 'FilterPolicyScope':
      if (value === 'MessageAttributes') return { ...subscription, filterPolicyScope: value };
      if (value === 'MessageBody') throw invalid('FilterPolicyScope: MessageBody is not emulated locally');
      throw invalid(`FilterPolicyScope: expected MessageAttributes or MessageBody, got ${value}`);
    case 'RawMessageDelivery':
      if (!/^(true|false)$/i.test(value))
        throw invalid(`RawMessageDelivery: expected true or false, got ${value}`);
      if (value.toLowerCase() === 'true' && !RAW_PROTOCOLS.includes(subscription.protocol)) {
        throw invalid(`Delivery protocol [${subscription.protocol}] does not support raw message delivery.`);
      }
      return { ...subscription, rawMessageDelivery: value.toLowerCase() === 'true' };
    case 'SubscriptionRoleArn':
      // Permissions are IAM's, which is not emulated.
      return subscription;
    case 'DeliveryPolicy':
    case 'RedrivePolicy':
    case 'ReplayPolicy':
      throw invalid(`AttributeName: ${name} is not emulated locally`);
    default:
      throw invalid(`AttributeName: ${name}`);
  }
}

export const describeAttributes = (subscription: Subscription): XmlMap =>
  new XmlMap({
    SubscriptionArn: subscription.arn,
    TopicArn: subscription.topicArn,
    Owner: ownerOf(subscription.topicArn),
    Protocol: subscription.protocol,
    Endpoint: subscription.endpoint,
    PendingConfirmation: 'false',
    ConfirmationWasAuthenticated: 'true',
    RawMessageDelivery: String(subscription.rawMessageDelivery),
    FilterPolicy: subscription.filterPolicy,
    FilterPolicyScope: subscription.filterPolicy === undefined ? undefined : subscription.filterPolicyScope,
  });

export const ownerOf = (arn: string): string => arn.split(':')[4] ?? '';
