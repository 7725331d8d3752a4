/** Sends mails, records and notices to subscribers. They are kept on disk until they have arrived. */
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import { counted, lossNotice } from '../base/loss.ts';
import type { OutgoingMail } from '../mailbox/mail.ts';
import type { SendToQueue } from '../stack/send-to-queue.ts';
import { waitsOf } from './delivery-policy.ts';
import { type Job, openDispatchQueue } from './dispatch-queue.ts';
import { postNotice } from './http-post.ts';
import { createMailRateWatch } from './mail-rate.ts';
import { lambdaEvent } from './notice.ts';
import { type Dispatch, loadDispatchJournal, type ProgramDispatch } from './pending-dispatches.ts';
import type { Signing } from './signing.ts';
import { topicOfSubscription } from './subscriptions.ts';

/**
 * A rejection is tried again, unless it is an `AwsError` below 500 that is not about throttling, or carries an SMTP
 * `responseCode` of 5xx.
 */
export interface Receivers {
  mail(mail: OutgoingMail): Promise<void>;
  putToFirehose(to: RecordTarget, data: Uint8Array): Promise<void>;
  /** Accepts an event for a function that runs it later. */
  invokeLater(functionArn: string, topicArn: string, event: string): Promise<void>;
  /** As {@link SendToQueue}, with the topic in place of the sender. */
  sendToQueue: SendToQueue;
}

export interface RecordTarget {
  deliveryStreamArn: string;
  /** With which SNS writes to it. */
  roleArn: string | undefined;
  topicArn: string;
}

interface Dispatcher {
  /** Accepts all of them, or none. @throws Error when they cannot be kept */
  send(dispatches: readonly Dispatch[]): void;
  /** Sends what an earlier process accepted and did not get through. */
  resume(): void;
  /** Resolves when everything has arrived, or is kept for the next start with a notice. */
  close(): Promise<void>;
}

interface DispatcherOptions extends Receivers {
  /** Keeps what is under way. */
  file: string;
  signing: Signing;
  bus: EventBus;
  clock: Clock;
  /** Called when something has arrived, or was given up. */
  onEnd(dispatch: Dispatch, arrived: boolean): void;
}

export function openDispatcher(options: DispatcherOptions): Dispatcher {
  const { file, bus, clock } = options;
  const journal = loadDispatchJournal(file);
  if (journal.lost > 0) {
    const advice = 'Compare the inbox with the table alerts: a mail may be missing, or may come twice.';
    const what = `${counted(journal.lost, 'entry', 'entries')} on messages under way`;
    bus.publish(lossNotice(what, `${file} was damaged`, advice));
  }
  const queue = openDispatchQueue(bus, clock);
  const mailRate = createMailRateWatch(bus, clock);

  function enqueue(id: string, dispatch: Dispatch): void {
    if ('mail' in dispatch) mailRate.count(dispatch.mail.to);
    queue.enqueue({
      ...jobOf(id, dispatch, options),
      onGivenUp: () => moveToDeadLetters(dispatch),
      onEnd: (arrived) => {
        journal.done(id);
        options.onEnd(dispatch, arrived);
      },
    });
  }

  function moveToDeadLetters(dispatch: Dispatch): string | undefined {
    if (!('notice' in dispatch) || dispatch.deadLetterArn === undefined) return undefined;
    const { deadLetterArn: endpoint, deliveryPolicy: _, ...rest } = dispatch;
    send([{ ...rest, protocol: 'sqs', endpoint, isDeadLetter: true }]);
    return endpoint;
  }

  function send(dispatches: readonly Dispatch[]): void {
    const ids = journal.due(dispatches);
    for (const [i, dispatch] of dispatches.entries()) enqueue(ids[i] as string, dispatch);
  }

  return {
    send,
    resume() {
      for (const [id, dispatch] of journal.left) enqueue(id, dispatch);
    },
    close: queue.close,
  };
}

/** Mails and records arrive in order. Programs get theirs independently, so that one that is down delays no other. */
function jobOf(
  id: string,
  dispatch: Dispatch,
  options: DispatcherOptions,
): Pick<Job, 'key' | 'what' | 'dispatch' | 'waits'> {
  const { subscriptionArn } = dispatch;
  if ('mail' in dispatch) {
    const { mail } = dispatch;
    return {
      ...{ key: subscriptionArn, what: `a mail to ${mail.to}`, waits: waitsOf('email') },
      dispatch: () => options.mail(mail),
    };
  }
  if ('notice' in dispatch) {
    return {
      ...{ key: id, what: `a message to ${nameOfReceiver(dispatch)}` },
      waits: waitsOf(dispatch.protocol, dispatch.deliveryPolicy),
      dispatch: () => sendNotice(dispatch, options),
    };
  }
  const { deliveryStreamArn, roleArn, record } = dispatch;
  const to = { deliveryStreamArn, roleArn, topicArn: topicOfSubscription(subscriptionArn) };
  return {
    ...{ key: subscriptionArn, what: `a record to ${deliveryStreamArn}`, waits: waitsOf('firehose') },
    dispatch: () => options.putToFirehose(to, Buffer.from(record, 'base64')),
  };
}

/** URLs may hold a secret, in their path too. */
const nameOfReceiver = ({ protocol, endpoint }: ProgramDispatch): string =>
  protocol === 'http' || protocol === 'https' ? new URL(endpoint).origin : endpoint;

async function sendNotice(dispatch: ProgramDispatch, options: DispatcherOptions): Promise<void> {
  const { endpoint, raw, subscriptionArn, deliveryPolicy } = dispatch;
  const topicArn = topicOfSubscription(subscriptionArn);
  const notice = await options.signing.sign(dispatch.notice, dispatch.signatureVersion);
  switch (dispatch.protocol) {
    case 'lambda':
      return options.invokeLater(endpoint, topicArn, JSON.stringify(lambdaEvent(subscriptionArn, notice)));
    case 'sqs':
      return raw
        ? options.sendToQueue(endpoint, topicArn, notice.Message, queueAttributes(dispatch))
        : options.sendToQueue(endpoint, topicArn, JSON.stringify(notice, null, 2));
    default:
      return postNotice({ url: endpoint, subscriptionArn, notice, raw, deliveryPolicy });
  }
}

const queueAttributes = ({ notice }: ProgramDispatch) =>
  Object.fromEntries(
    Object.entries(notice.MessageAttributes ?? {}).map(([name, { Type, Value }]) => [
      name,
      { DataType: Type, [Type.startsWith('Binary') ? 'BinaryValue' : 'StringValue']: Value },
    ]),
  );
