/** Amazon SNS on this machine: the template's topics, with e-mail and Firehose as receivers. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import type { OutgoingMail } from '../mailbox/mail.ts';
import { AwsError } from '../wire/aws-error.ts';
import { errorXml, successXml } from '../wire/query-protocol.ts';
import { ACTIONS, type ActionContext } from './actions.ts';
import { openDispatcher, type Receivers } from './dispatcher.ts';
import { subscribedMail, toFirehoseRecord, toMail } from './envelope.ts';
import { matches } from './filter-policy.ts';
import type { Message } from './message.ts';
import type { Dispatch } from './pending-dispatches.ts';
import { loadSubscriptions, type Subscription, type SubscriptionInput } from './subscriptions.ts';
import type { Topic } from './template.ts';

export const SNS_NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

export interface SnsOptions extends Receivers {
  topics: Topic[];
  /** Of the template, see `parseSubscription`. */
  subscriptions: SubscriptionInput[];
  /** Folder for `sns.json` (subscriptions) and `sns-pending.ndjson`; created if it is missing. */
  stateDir: string;
  bus: EventBus;
  /** Address of the port, for the links in mails, such as `http://127.0.0.1:4566`. */
  endpoint(): string;
  clock?: Clock;
}

export interface Sns {
  /** Answers a call of the Query protocol, given its form parameters. Never rejects: errors are XML, too. */
  handle(params: URLSearchParams): Promise<{ status: number; body: string }>;
  /** The subscription of an unsubscribe link; undefined when it has ended. */
  subscription(arn: string): { topicArn: string; endpoint: string } | undefined;
  /** Ends a subscription; false where there is none. */
  unsubscribe(arn: string): boolean;
  /** Sends what an earlier process accepted and did not get through. The receivers must be open. */
  resume(): void;
  /** Resolves when everything that was published has arrived, or is kept for the next start with a notice. */
  close(): Promise<void>;
}

/** @throws SetupError when the state of an earlier process cannot be read */
export function openSns(options: SnsOptions): Sns {
  const { bus, stateDir, clock = systemClock } = options;
  mkdirSync(stateDir, { recursive: true });
  const topics = new Map(options.topics.map((topic) => [topic.arn, topic]));
  const subscriptions = loadSubscriptions(join(stateDir, 'sns.json'), options.subscriptions);
  const dispatcher = openDispatcher(join(stateDir, 'sns-pending.ndjson'), options, bus, clock);
  for (const subscription of subscriptions.all()) noticeNotEmulated(subscription, bus);

  const mailTo = ({ arn }: Subscription, mail: OutgoingMail): Dispatch => ({ subscriptionArn: arn, mail });
  const topicOf = (subscription: Subscription): Partial<Topic> => topics.get(subscription.topicArn) ?? {};

  function dispatchesTo(message: Message, subscription: Subscription): Dispatch[] {
    if (subscription.notEmulated) return [];
    if (subscription.policy && !matches(subscription.policy, message.attributes)) return [];
    if (subscription.protocol !== 'firehose') {
      return [mailTo(subscription, toMail(message, subscription, topicOf(subscription), options.endpoint()))];
    }
    const record = toFirehoseRecord(message, subscription, options.endpoint()).toString('base64');
    return [{ subscriptionArn: subscription.arn, deliveryStreamArn: subscription.endpoint, record }];
  }

  const context: ActionContext = {
    topics,
    subscriptions,
    now: () => clock.now(),
    publish(message) {
      const receivers = subscriptions.ofTopic(message.topicArn);
      dispatcher.send(receivers.flatMap((subscription) => dispatchesTo(message, subscription)));
      bus.emit('message', message);
    },
    subscribed(subscription) {
      noticeNotEmulated(subscription, bus);
      if (!subscription.protocol.startsWith('email')) return;
      dispatcher.send([
        mailTo(subscription, subscribedMail(subscription, topicOf(subscription), options.endpoint())),
      ]);
    },
  };

  return {
    handle: (params) => answer(params, context),
    subscription: (arn) => subscriptions.get(arn),
    unsubscribe: subscriptions.remove,
    resume: dispatcher.resume,
    close: dispatcher.close,
  };
}

async function answer(params: URLSearchParams, context: ActionContext) {
  const name = params.get('Action') ?? '';
  try {
    const action = ACTIONS.get(name);
    if (!action) throw unknownAction(name);
    return { status: 200, body: successXml(SNS_NAMESPACE, name, action(params, context)) };
  } catch (error) {
    const known =
      error instanceof AwsError ? error : new AwsError('InternalError', (error as Error).message, 500);
    return { status: known.status, body: errorXml(SNS_NAMESPACE, known) };
  }
}

function noticeNotEmulated({ notEmulated, protocol, endpoint }: Subscription, bus: EventBus): void {
  if (!notEmulated) return;
  const text = `SNS delivers nothing to ${protocol} ${endpoint}: ${notEmulated}`;
  bus.publish({ type: 'notice', level: 'warning', text });
}

const unknownAction = (name: string) =>
  new AwsError(
    'InvalidAction',
    `The local SNS runs ${[...ACTIONS.keys()].join(', ')}; got ${name === '' ? 'no Action' : `"${name}"`}`,
  );
