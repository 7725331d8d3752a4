/** The JSON that programs get: what is signed, what a subscriber of each protocol receives, and what it confirms. */
import { bodyFor, type Message } from './message.ts';
import type { Subscription } from './subscriptions.ts';

/** What a receiver gets, before it is signed. The names are those of HTTP/S notifications. */
export interface Notice {
  Type: 'Notification' | 'SubscriptionConfirmation';
  MessageId: string;
  TopicArn: string;
  Subject?: string;
  Message: string;
  Timestamp: string;
  /** Only of a confirmation. */
  Token?: string;
  SubscribeURL?: string;
  /** Only of a notification. */
  UnsubscribeURL?: string;
  MessageAttributes?: Record<string, { Type: string; Value: string }>;
}

export interface Signed extends Notice {
  SignatureVersion: '1' | '2';
  Signature: string;
  SigningCertURL: string;
}

export function notification(message: Message, subscription: Subscription, endpoint: string): Notice {
  const attributes = Object.entries(message.attributes).map(([name, { type, value }]) => [
    name,
    { Type: type, Value: value },
  ]);
  const query = new URLSearchParams({ Action: 'Unsubscribe', SubscriptionArn: subscription.arn });
  return {
    Type: 'Notification',
    MessageId: message.id,
    TopicArn: message.topicArn,
    ...(message.subject === undefined ? {} : { Subject: message.subject }),
    Message: bodyFor(message, subscription.protocol),
    Timestamp: message.timestamp,
    UnsubscribeURL: `${endpoint}/?${query}`,
    ...(attributes.length > 0 ? { MessageAttributes: Object.fromEntries(attributes) } : {}),
  };
}

/** Asks an endpoint to confirm that it wants the messages. */
export function confirmation(
  { topicArn: TopicArn, pending }: Subscription,
  { id, endpoint, now }: { id: string; endpoint: string; now: number },
): Notice {
  const Token = pending?.token ?? '';
  const query = new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn, Token });
  return {
    Type: 'SubscriptionConfirmation',
    ...{ MessageId: id, Token, TopicArn },
    Message:
      `You have chosen to subscribe to the topic ${TopicArn}.\n` +
      'To confirm the subscription, visit the SubscribeURL included in this message.',
    SubscribeURL: `${endpoint}/?${query}`,
    Timestamp: new Date(now).toISOString(),
  };
}

/** Of each type, the fields that are signed, in their order. A field that is absent is left out. */
const SIGNED_FIELDS = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    'Message',
    'MessageId',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ],
} as const;

/** https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html */
export const textToSign = (notice: Notice): string =>
  SIGNED_FIELDS[notice.Type]
    .filter((name) => notice[name] !== undefined)
    .map((name) => `${name}\n${notice[name]}\n`)
    .join('');

/** The event of a function: one record, in the words of Lambda, which differ. */
export const lambdaEvent = (subscriptionArn: string, signed: Signed) => {
  const { SigningCertURL, UnsubscribeURL, Subject = null, MessageAttributes = {}, ...Sns } = signed;
  return {
    Records: [
      {
        ...{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: subscriptionArn },
        Sns: {
          ...{ ...Sns, Subject, MessageAttributes },
          ...{ SigningCertUrl: SigningCertURL, UnsubscribeUrl: UnsubscribeURL },
        },
      },
    ],
  };
};
