/** What is dispatched to a subscription, by its protocol. */
import { randomUUID } from 'node:crypto';
import { subscribedMail, toFirehoseRecord, toMail } from './envelope.ts';
import { matches } from './filter-policy.ts';
import { bodyFor, type Message } from './message.ts';
import { confirmation, type Notice, notification } from './notice.ts';
import type { Dispatch, ProgramDispatch } from './pending-dispatches.ts';
import { isProgram, type ProgramProtocol } from './protocols.ts';
import type { Subscription } from './subscriptions.ts';
import type { Topic } from './template.ts';

export interface Addressee {
  subscription: Subscription;
  /** Its topic. */
  topic: Partial<Topic>;
  /** Address of the port, for the links in messages. */
  endpoint: string;
}

/** A message for a subscription; undefined where its filter policy, or what it is, keeps it from it. */
export function dispatchOf(message: Message, to: Addressee): Dispatch | undefined {
  const { subscription, topic, endpoint } = to;
  const { arn, protocol, policy, notEmulated, pending } = subscription;
  if (notEmulated || pending) return undefined;
  const { attributes } = message;
  if (policy && !matches(policy, { attributes, body: bodyFor(message, protocol) })) return undefined;
  if (isProgram(protocol)) return toProgram(to, notification(message, subscription, endpoint));
  if (protocol !== 'firehose')
    return { subscriptionArn: arn, mail: toMail(message, subscription, topic, endpoint) };
  const record = toFirehoseRecord(message, subscription, endpoint).toString('base64');
  const { endpoint: deliveryStreamArn, subscriptionRoleArn: roleArn } = subscription;
  return { subscriptionArn: arn, deliveryStreamArn, record, roleArn };
}

/** Asks an endpoint to confirm. */
export const confirmationFor = (to: Addressee, now: number): Dispatch =>
  toProgram(to, confirmation(to.subscription, { id: randomUUID(), endpoint: to.endpoint, now }));

/** Tells an address that it is subscribed. */
export const welcomeFor = ({ subscription, topic, endpoint }: Addressee): Dispatch => ({
  subscriptionArn: subscription.arn,
  mail: subscribedMail(subscription, topic, endpoint),
});

const toProgram = ({ subscription, topic }: Addressee, notice: Notice): ProgramDispatch => ({
  ...{ subscriptionArn: subscription.arn, notice, endpoint: subscription.endpoint },
  // The store serves no other protocol to programs.
  protocol: subscription.protocol as ProgramProtocol,
  // A confirmation is never raw: it is for the program behind the endpoint.
  raw: subscription.rawMessageDelivery && notice.Type === 'Notification',
  signatureVersion: topic.signatureVersion ?? '1',
  deliveryPolicy: subscription.deliveryPolicy,
  deadLetterArn: subscription.deadLetterArn,
});
