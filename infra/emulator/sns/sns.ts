/** Amazon SNS on this machine: the template's topics, and what is sent to their subscribers. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import { measureOf } from '../base/measure.ts';
import { AwsError } from '../wire/aws-error.ts';
import { answerQuery, type QueryApi } from '../wire/protocols.ts';
import { errorXml } from '../wire/query-protocol.ts';
import { ACTIONS, type ActionContext } from './actions.ts';
import { openDispatcher, type Receivers } from './dispatcher.ts';
import { type Addressee, confirmationFor, dispatchOf, welcomeFor } from './dispatches.ts';
import type { Dispatch } from './pending-dispatches.ts';
import { createSigning, isCertificatePath, type Signing } from './signing.ts';
import {
  loadSubscriptions,
  type Subscription,
  type SubscriptionInput,
  topicOfSubscription,
} from './subscriptions.ts';
import type { Topic } from './template.ts';

/** Metrics of what has arrived, and of what has not. A dead letter was counted as failed before. */
const OUTCOMES = {
  message: ['NumberOfNotificationsDelivered', 'NumberOfNotificationsFailed'],
  deadLetter: ['NumberOfNotificationsRedrivenToDlq', 'NumberOfNotificationsFailedToRedriveToDlq'],
} as const;

export interface SnsOptions extends Receivers {
  topics: Topic[];
  /** Of the template, see `parseSubscription`. */
  subscriptions: SubscriptionInput[];
  /** Folder for `sns.json` (subscriptions) and `sns-pending.ndjson`; created if it is missing. */
  stateDir: string;
  bus: EventBus;
  /** Address of the port, for the links in messages, such as `http://127.0.0.1:4566`. */
  endpoint(): string;
  clock?: Clock;
}

export interface Answer {
  status: number;
  /** Of the content. */
  type: string;
  body: string;
}

export interface Sns {
  api: QueryApi;
  /** Answers a call that comes without the port, given its form parameters: errors are XML, too. */
  handle(params: URLSearchParams): { status: number; body: string };
  /** The subscription of an unsubscribe link; undefined when it has ended. */
  subscription(arn: string): { topicArn: string; endpoint: string } | undefined;
  /** Ends a subscription; false where there is none. */
  unsubscribe(arn: string): boolean;
  /**
   * Answers the addresses in messages, which carry no AWS signature: confirming, ending, and the certificate. Undefined
   * for any other request.
   */
  visit(path: string, params: URLSearchParams): Promise<Answer> | undefined;
  /**
   * Sends what an earlier process accepted and did not get through, and asks endpoints that have not confirmed. The
   * receivers must be open.
   */
  resume(): void;
  /** Resolves when everything that was published has arrived, or is kept for the next start with a notice. */
  close(): Promise<void>;
}

/** @throws SetupError when the state of an earlier process cannot be read */
export function openSns(options: SnsOptions): Sns {
  const { bus, stateDir, clock = systemClock } = options;
  mkdirSync(stateDir, { recursive: true });
  const topics = new Map(options.topics.map((topic) => [topic.arn, topic]));
  const now = () => clock.now();
  const subscriptions = loadSubscriptions(join(stateDir, 'sns.json'), options.subscriptions, now);
  const signing = createSigning(join(stateDir, 'sns-signing.json'), options.endpoint, now);
  const file = join(stateDir, 'sns-pending.ndjson');
  const measureTopic = (arn: string) => measureOf(bus, 'AWS/SNS', { TopicName: topicNameOf(arn) });
  const onEnd = (dispatch: Dispatch, arrived: boolean) => {
    const measure = measureTopic(topicOfSubscription(dispatch.subscriptionArn));
    const isDeadLetter = 'isDeadLetter' in dispatch && dispatch.isDeadLetter;
    const [delivered, failed] = OUTCOMES[isDeadLetter ? 'deadLetter' : 'message'];
    measure(delivered, arrived ? 1 : 0);
    measure(failed, arrived ? 0 : 1);
  };
  const dispatcher = openDispatcher({ ...options, file, signing, bus, clock, onEnd });
  for (const subscription of subscriptions.all()) noticeNotEmulated(subscription, bus);

  const addressee = (subscription: Subscription): Addressee => ({
    ...{ subscription, topic: topics.get(subscription.topicArn) ?? {}, endpoint: options.endpoint() },
  });
  const askToConfirm = (subscription: Subscription) =>
    dispatcher.send([confirmationFor(addressee(subscription), clock.now())]);

  const context: ActionContext = {
    topics,
    subscriptions,
    now,
    publish(message) {
      measureTopic(message.topicArn)('NumberOfMessagesPublished', 1);
      const dispatches = subscriptions
        .ofTopic(message.topicArn)
        .map((subscription) => dispatchOf(message, addressee(subscription)));
      dispatcher.send(dispatches.filter((dispatch) => dispatch !== undefined));
      bus.emit('message', message);
    },
    subscribed(subscription) {
      noticeNotEmulated(subscription, bus);
      if (subscription.pending) askToConfirm(subscription);
      if (subscription.protocol.startsWith('email')) dispatcher.send([welcomeFor(addressee(subscription))]);
    },
  };

  const api: QueryApi = {
    ...{ title: 'SNS', namespace: 'http://sns.amazonaws.com/doc/2010-03-31/' },
    operations: Object.fromEntries(
      Object.entries(ACTIONS).map(([name, act]) => [name, (params: URLSearchParams) => act(params, context)]),
    ),
  };
  const handle = (params: URLSearchParams) => answer(api, params);

  return {
    api,
    handle,
    visit(path, params) {
      if (isCertificatePath(path)) return certificate(path, signing);
      const isLink = path === '/' && VISITED.includes(params.get('Action') ?? '');
      return isLink ? Promise.resolve({ type: 'text/xml', ...handle(params) }) : undefined;
    },
    subscription: (arn) => subscriptions.get(arn),
    unsubscribe: subscriptions.remove,
    resume() {
      dispatcher.resume();
      for (const subscription of subscriptions.all()) if (subscription.pending) askToConfirm(subscription);
    },
    close: dispatcher.close,
  };
}

const topicNameOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1);

/** Operations that a link in a message names. */
const VISITED = ['ConfirmSubscription', 'Unsubscribe'];

async function certificate(path: string, signing: Signing): Promise<Answer> {
  const body = await signing.certificateAt(path);
  if (body === undefined)
    return { status: 404, type: 'text/plain', body: 'There is no such certificate here\n' };
  return { status: 200, type: 'application/x-pem-file', body };
}

function answer(api: QueryApi, params: URLSearchParams): { status: number; body: string } {
  try {
    return { status: 200, body: answerQuery(api, params) };
  } catch (error) {
    const known =
      error instanceof AwsError ? error : new AwsError('InternalError', (error as Error).message, 500);
    return { status: known.status, body: errorXml(api.namespace, known) };
  }
}

function noticeNotEmulated({ notEmulated, protocol, endpoint }: Subscription, bus: EventBus): void {
  if (!notEmulated) return;
  const text = `SNS delivers nothing to ${protocol} ${endpoint}: ${notEmulated}`;
  bus.warn(text);
}
