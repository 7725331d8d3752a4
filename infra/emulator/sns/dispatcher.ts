/** Sends mails and Firehose records to subscribers. They are kept on disk until they have arrived. */
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import { counted, lossNotice } from '../base/loss.ts';
import type { OutgoingMail } from '../mailbox/mail.ts';
import { openDispatchQueue } from './dispatch-queue.ts';
import { createMailRateWatch } from './mail-rate.ts';
import { type Dispatch, loadDispatchJournal } from './pending-dispatches.ts';

export interface Receivers {
  /** A rejection is tried again, unless it carries an SMTP `responseCode` of 5xx. */
  mail(mail: OutgoingMail): Promise<void>;
  /** A rejection is tried again, unless it is an `AwsError` below 500. */
  putToFirehose(deliveryStreamArn: string, data: Uint8Array): Promise<void>;
}

export interface Dispatcher {
  /** Accepts all of them, or none. @throws Error when they cannot be kept */
  send(dispatches: readonly Dispatch[]): void;
  /** Sends what an earlier process accepted and did not get through. */
  resume(): void;
  /** Resolves when everything has arrived, or is kept for the next start with a notice. */
  close(): Promise<void>;
}

export function openDispatcher(file: string, receivers: Receivers, bus: EventBus, clock: Clock): Dispatcher {
  const journal = loadDispatchJournal(file);
  if (journal.lost > 0) {
    const advice = 'Compare the inbox with the table alerts: a mail may be missing, or may come twice.';
    const what = `${counted(journal.lost, 'entry', 'entries')} on messages under way`;
    bus.publish(lossNotice(what, `${file} was damaged`, advice));
  }
  const queue = openDispatchQueue(bus, clock);
  const mailRate = createMailRateWatch(bus, clock);

  function enqueue(id: string, dispatch: Dispatch): void {
    const { subscriptionArn } = dispatch;
    const onEnd = () => journal.done(id);
    if ('mail' in dispatch) {
      const { mail } = dispatch;
      mailRate.count(mail.to);
      queue.enqueue(subscriptionArn, `a mail to ${mail.to}`, () => receivers.mail(mail), onEnd);
    } else {
      const { deliveryStreamArn, record } = dispatch;
      const put = () => receivers.putToFirehose(deliveryStreamArn, Buffer.from(record, 'base64'));
      queue.enqueue(subscriptionArn, `a record to ${deliveryStreamArn}`, put, onEnd);
    }
  }

  return {
    send(dispatches) {
      const ids = journal.due(dispatches);
      for (const [i, dispatch] of dispatches.entries()) enqueue(ids[i] as string, dispatch);
    },
    resume() {
      for (const [id, dispatch] of journal.left) enqueue(id, dispatch);
    },
    close: queue.close,
  };
}
