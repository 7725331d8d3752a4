/** Attributes of subscriptions, in the form of Subscribe, SetSubscriptionAttributes and GetSubscriptionAttributes. */
import { AwsError } from '../wire/aws-error.ts';
import { XmlMap } from '../wire/query-protocol.ts';
import { checkDeliveryPolicy } from './delivery-policy.ts';
import { parseFilterPolicy } from './filter-policy.ts';
import { isProgram, mustConfirm } from './protocols.ts';
import { deadLetterOf, type Subscription, type SubscriptionInput } from './subscriptions.ts';

/** AWS' protocols, and the form of endpoint that SNS requires for each. */
const ENDPOINTS = new Map<string, { pattern: RegExp; name: string }>([
  ['email', { pattern: /^[^\s@<>",;]+@[^\s@<>",;]+$/, name: 'Email address' }],
  ['email-json', { pattern: /^[^\s@<>",;]+@[^\s@<>",;]+$/, name: 'Email address' }],
  [
    'firehose',
    { pattern: /^arn:[^:]+:firehose:[^:]*:[^:]*:deliverystream\/.+$/, name: 'Firehose endpoint ARN' },
  ],
  ['http', { pattern: /^http:\/\/[^\s/]/, name: 'Endpoint must match the specified protocol' }],
  ['https', { pattern: /^https:\/\/[^\s/]/, name: 'Endpoint must match the specified protocol' }],
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
  // The scope first: it decides which policies are valid.
  const ordered = Object.entries(attributes).sort(
    ([a], [b]) => Number(b === 'FilterPolicyScope') - Number(a === 'FilterPolicyScope'),
  );
  for (const [name, value] of ordered) input = withAttribute(input, name, value);
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
      const { conditions } = parseFilterPolicy(value || '{}', subscription.filterPolicyScope);
      if (conditions.size === 0) return rest as T;
      return { ...subscription, filterPolicy: value };
    }
    case 'FilterPolicyScope':
      if (value === 'MessageAttributes' || value === 'MessageBody') {
        // Conditions that are nested are only for the body.
        parseFilterPolicy(subscription.filterPolicy ?? '{}', value);
        return { ...subscription, filterPolicyScope: value };
      }
      throw invalid(`FilterPolicyScope: expected MessageAttributes or MessageBody, got ${value}`);
    case 'RawMessageDelivery':
      if (!/^(true|false)$/i.test(value))
        throw invalid(`RawMessageDelivery: expected true or false, got ${value}`);
      if (value.toLowerCase() === 'true' && !RAW_PROTOCOLS.includes(subscription.protocol)) {
        throw invalid(`Delivery protocol [${subscription.protocol}] does not support raw message delivery.`);
      }
      return { ...subscription, rawMessageDelivery: value.toLowerCase() === 'true' };
    case 'SubscriptionRoleArn':
      return { ...subscription, subscriptionRoleArn: value };
    case 'DeliveryPolicy': {
      const { deliveryPolicy: _, ...rest } = subscription;
      if (value === '') return rest as T;
      if (!mustConfirm(subscription.protocol)) {
        throw invalid('DeliveryPolicy: only HTTP and HTTPS endpoints have one');
      }
      orInvalid(name, () => checkDeliveryPolicy(value));
      return { ...subscription, deliveryPolicy: value };
    }
    case 'RedrivePolicy': {
      const { redrivePolicy: _, ...rest } = subscription;
      if (value === '' || value === '{}') return rest as T;
      if (!isProgram(subscription.protocol)) {
        throw invalid(`RedrivePolicy: for the protocol ${subscription.protocol} it is not emulated locally`);
      }
      orInvalid(name, () => deadLetterOf(value));
      return { ...subscription, redrivePolicy: value };
    }
    case 'ReplayPolicy':
      throw invalid(`AttributeName: ${name} is not emulated locally`);
    default:
      throw invalid(`AttributeName: ${name}`);
  }
}

function orInvalid(name: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid(`${name}: ${error.message}`);
  }
}

export const describeAttributes = (subscription: Subscription): XmlMap =>
  new XmlMap({
    SubscriptionArn: subscription.arn,
    TopicArn: subscription.topicArn,
    Owner: ownerOf(subscription.topicArn),
    Protocol: subscription.protocol,
    Endpoint: subscription.endpoint,
    PendingConfirmation: String(subscription.pending !== undefined),
    ConfirmationWasAuthenticated: String(!mustConfirm(subscription.protocol)),
    RawMessageDelivery: String(subscription.rawMessageDelivery),
    DeliveryPolicy: subscription.deliveryPolicy,
    RedrivePolicy: subscription.redrivePolicy,
    SubscriptionRoleArn: subscription.subscriptionRoleArn,
    FilterPolicy: subscription.filterPolicy,
    FilterPolicyScope: subscription.filterPolicy === undefined ? undefined : subscription.filterPolicyScope,
  });

export const ownerOf = (arn: string): string => arn.split(':')[4] ?? '';
