/** The form in which a message arrives by mail and at Firehose. */
import type { OutgoingMail } from '../mailbox/mail.ts';
import { bodyFor, type Message } from './message.ts';
import { notification } from './notice.ts';
import type { Subscription } from './subscriptions.ts';

const SENDER_ADDRESS = 'no-reply@sns.amazonaws.com';
const DEFAULT_DISPLAY_NAME = 'AWS Notifications';
const DEFAULT_SUBJECT = 'AWS Notification Message';

/** Path of the page with the button that ends a subscription, as on AWS. */
const UNSUBSCRIBE_PATH = '/unsubscribe.html';

function unsubscribeUrl(subscription: Subscription, endpoint: string): string {
  const query = new URLSearchParams({ SubscriptionArn: subscription.arn, Endpoint: subscription.endpoint });
  return `${endpoint}${UNSUBSCRIBE_PATH}?${query}`;
}

const footer = (subscription: Subscription, endpoint: string) =>
  [
    '',
    '--',
    'If you wish to stop receiving notifications from this topic, please click or visit the link below' +
      ' to unsubscribe:',
    unsubscribeUrl(subscription, endpoint),
    '',
  ].join('\n');

/** Quotes and line breaks would end the name in the `From` header. */
const sender = (displayName: string | undefined) =>
  `"${(displayName || DEFAULT_DISPLAY_NAME).replace(/["\\\r\n]/g, ' ')}" <${SENDER_ADDRESS}>`;

/** For the protocols `email` (the body and a footer) and `email-json` (the envelope). */
export function toMail(
  message: Message,
  subscription: Subscription,
  topic: { displayName?: string },
  endpoint: string,
): OutgoingMail {
  const text =
    subscription.protocol === 'email-json'
      ? `${JSON.stringify(notification(message, subscription, endpoint), null, 2)}\n`
      : `${bodyFor(message, 'email')}\n${footer(subscription, endpoint)}`;
  return {
    to: subscription.endpoint,
    from: sender(topic.displayName),
    subject: message.subject ?? DEFAULT_SUBJECT,
    text,
    headers: { 'x-amz-sns-message-id': message.id, 'x-amz-sns-subscription-arn': subscription.arn },
  };
}

/** Tells a person that their subscription works; AWS would ask them to confirm it. */
export function subscribedMail(
  subscription: Subscription,
  topic: { displayName?: string },
  endpoint: string,
): OutgoingMail {
  return {
    to: subscription.endpoint,
    from: sender(topic.displayName),
    subject: 'AWS Notification - Subscription Confirmation',
    text: [
      `${subscription.endpoint} is subscribed to the topic:`,
      subscription.topicArn,
      '',
      'On AWS this mail would ask you to confirm the subscription, and no message would arrive before you do.',
      'The local runtime confirms by itself: the next message comes to this inbox.',
      footer(subscription, endpoint),
    ].join('\n'),
  };
}

export function toFirehoseRecord(message: Message, subscription: Subscription, endpoint: string): Buffer {
  // As on AWS, raw delivery is the message body alone, so a publisher that wants lines ends it with a newline.
  if (subscription.rawMessageDelivery) return Buffer.from(bodyFor(message, 'firehose'));
  return Buffer.from(`${JSON.stringify(notification(message, subscription, endpoint))}\n`);
}
