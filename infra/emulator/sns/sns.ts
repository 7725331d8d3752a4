/** Amazon SNS on this machine: the template's topics, with delivery to e-mail and Firehose. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert } from '../../../services/contract/alert.ts';
import { openAlertLog } from '../../local/alert-log.ts';
import type { EventBus } from '../base/events.ts';
import { AwsError } from '../wire/aws-error.ts';
import { errorXml, successXml } from '../wire/query-protocol.ts';
import { ACTIONS } from './actions.ts';
import { createDeliveries } from './delivery-queue.ts';
import { type OutgoingMail, subscribedMail, toFirehoseRecord, toMail } from './envelope.ts';
import { matches } from './filter-policy.ts';
import { createMailRateWatch } from './mail-rate.ts';
import type { Message } from './message.ts';
import { type Delivery, openDeliveryJournal } from './pending-deliveries.ts';
import { openSubscriptions, type Subscription, type SubscriptionInput } from './subscriptions.ts';
import type { Topic } from './template.ts';

export interface SnsOptions {
  topics: Topic[];
  /** The template's, see {@link parseSubscription} of `template.ts`. */
  subscriptions: SubscriptionInput[];
  /** Delivers a mail. A rejection is tried again, unless it carries an SMTP `responseCode` of 5xx. */
  mail(mail: OutgoingMail): Promise<void>;
  /** Puts one record on a delivery stream. A rejection is tried again, unless it is an {@link AwsError} below 500. */
  putToFirehose(deliveryStreamArn: string, data: Uint8Array): Promise<void>;
  /** Folder for `sns.json` (subscriptions), `sns-pending.ndjson` and `alerts.ndjson`; made if it is missing. */
  stateDir: string;
  bus: EventBus;
  /** Address of the local runtime, for the links in mails, such as `http://127.0.0.1:4566`. */
  endpoint(): string;
  /** Milliseconds since the epoch. */
  now?(): number;
}

export interface Sns {
  /** Answers a call of the Query protocol, given its form parameters. Never rejects: errors are XML, too. */
  handle(params: URLSearchParams): Promise<{ status: number; body: string }>;
  /** Alerts published so far, over restarts, oldest first. */
  alerts(): Alert[];
  /** The subscription of an unsubscribe link, as long as it exists. */
  subscription(arn: string): { topicArn: string; endpoint: string } | undefined;
  /** Ends a subscription; false where there is none. */
  unsubscribe(arn: string): boolean;
  /** Delivers what an earlier run had accepted and could not deliver. To be called when the receivers are there. */
  resume(): void;
  /** Resolves when all that was published has been delivered; or is kept for the next start, with a notice. */
  close(): Promise<void>;
}

/** @throws UserError when the state of an earlier run cannot be read */
export function createSns(options: SnsOptions): Sns {
  const { bus, now = Date.now } = options;
  mkdirSync(options.stateDir, { recursive: true });
  const topics = new Map(options.topics.map((topic) => [topic.arn, topic]));
  const subscriptions = openSubscriptions(join(options.stateDir, 'sns.json'), options.subscriptions);
  const alertLog = openAlertLog(join(options.stateDir, 'alerts.ndjson'));
  const journal = openDeliveryJournal(join(options.stateDir, 'sns-pending.ndjson'));
  const deliveries = createDeliveries(bus);
  const mailRate = createMailRateWatch(bus, now);

  const noticeNotEmulated = ({ notEmulated, protocol, endpoint }: Subscription) => {
    if (!notEmulated) return;
    const text = `SNS delivers nothing to ${protocol} ${endpoint}: ${notEmulated}`;
    bus.publish({ type: 'notice', level: 'warning', text });
  };
  for (const subscription of subscriptions.all()) noticeNotEmulated(subscription);

  function enqueue(id: string, delivery: Delivery): void {
    const { subscriptionArn } = delivery;
    const end = () => journal.done(id);
    if ('mail' in delivery) {
      const { mail } = delivery;
      mailRate.count(mail.to);
      deliveries.enqueue(subscriptionArn, `a mail to ${mail.to}`, () => options.mail(mail), end);
    } else {
      const { deliveryStreamArn, record } = delivery;
      const put = () => options.putToFirehose(deliveryStreamArn, Buffer.from(record, 'base64'));
      deliveries.enqueue(subscriptionArn, `a record to ${deliveryStreamArn}`, put, end);
    }
  }
  const promise = (delivery: Delivery) => enqueue(journal.due(delivery), delivery);
  const sendMail = ({ arn }: Subscription, mail: OutgoingMail) => promise({ subscriptionArn: arn, mail });
  const topicOf = (subscription: Subscription): Partial<Topic> => topics.get(subscription.topicArn) ?? {};

  function deliver(message: Message, subscription: Subscription): void {
    if (subscription.notEmulated) return;
    if (subscription.policy && !matches(subscription.policy, message.attributes)) return;
    if (subscription.protocol === 'firehose') {
      promise({
        subscriptionArn: subscription.arn,
        deliveryStreamArn: subscription.endpoint,
        record: toFirehoseRecord(message, subscription, options.endpoint()).toString('base64'),
      });
    } else {
      sendMail(subscription, toMail(message, subscription, topicOf(subscription), options.endpoint()));
    }
  }

  const context = {
    topics,
    subscriptions,
    now,
    publish(message: Message) {
      alertLog.append(message);
      for (const subscription of subscriptions.ofTopic(message.topicArn)) deliver(message, subscription);
    },
    subscribed(subscription: Subscription) {
      noticeNotEmulated(subscription);
      if (!subscription.protocol.startsWith('email')) return;
      sendMail(subscription, subscribedMail(subscription, topicOf(subscription), options.endpoint()));
    },
  };

  return {
    async handle(params) {
      const name = params.get('Action') ?? '';
      try {
        const action = ACTIONS.get(name);
        if (!action) throw unknownAction(name);
        return { status: 200, body: successXml(name, action(params, context)) };
      } catch (error) {
        const known =
          error instanceof AwsError ? error : new AwsError('InternalError', (error as Error).message, 500);
        return { status: known.status, body: errorXml(known) };
      }
    },
    alerts: alertLog.list,
    subscription: (arn) => subscriptions.get(arn),
    unsubscribe: subscriptions.remove,
    resume() {
      for (const [id, delivery] of journal.left) enqueue(id, delivery);
    },
    close: deliveries.close,
  };
}

const unknownAction = (name: string) =>
  new AwsError(
    'InvalidAction',
    `The local SNS runs ${[...ACTIONS.keys()].join(', ')}; got ${name === '' ? 'no Action' : `"${name}"`}`,
  );
