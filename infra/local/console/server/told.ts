/** Who was told of an incident: mails where the mailbox is here, subscribers where it is not, and channels. */
import type { SentNote } from '../../../../services/contract/sent.ts';
import type { StateTable } from '../../../cli/incidents/list.ts';
import { sentAbout } from '../../../cli/incidents/sent.ts';
import type { Subscriber } from '../../../cli/subscribers.ts';
import type { Mail } from '../../../emulator/mailbox/mail.ts';
import type { Mailbox } from '../../../emulator/mailbox/mailbox.ts';
import { matches, parseFilterPolicy } from '../../../emulator/sns/filter-policy.ts';
import type { SentMail, ShownSubscriber, Told } from '../page-answers.ts';
import type { IncidentStep, ListedIncident } from '../page-state.ts';

export type ReadTold = (incident: ListedIncident) => Promise<Told>;

export interface ToldSources {
  /** Absent where it is elsewhere. */
  mailbox?: Pick<Mailbox, 'list'>;
  /** The notifier's; undefined where the stack has no channels. */
  sent(): StateTable | undefined;
  /** Absent where mails say it. */
  subscribers?(): Promise<Subscriber[]>;
}

/** The newest mails, in which those of an incident are looked for. */
const MAILS_READ = 1_000;

/** What may not be read is left out. */
export const createTold =
  ({ mailbox, sent, subscribers }: ToldSources): ReadTold =>
  async (incident) => {
    const table = sent();
    const [mails, channels, all] = await Promise.all([
      mailbox && mailsOf(mailbox, incident),
      table && sentAbout(table, incident.id).catch((): SentNote[] | undefined => undefined),
      subscribers?.().catch((): Subscriber[] | undefined => undefined),
    ]);
    return {
      ...(mails && { mails }),
      ...(channels && { channels }),
      ...(all && { subscribers: all.map((one) => shownSubscriber(one, incident)) }),
    };
  };

async function mailsOf(mailbox: Pick<Mailbox, 'list'>, { id }: ListedIncident): Promise<SentMail[]> {
  const mails = (await mailbox.list(MAILS_READ)).filter(({ text }) => text.includes(id));
  return onceEach(mails).map(toSent).reverse();
}

/** The first copy of a mail, with everybody whom one went to. */
export type SentOnce = Mail & { recipients: string[] };

/** A mail to several people is stored once for each. @param mails newest first */
export function onceEach(mails: readonly Mail[]): SentOnce[] {
  const sent = new Map<string, SentOnce>();
  for (const mail of mails) {
    const key = `${mail.subject}\n${bodyOf(mail.text)}`;
    const known = sent.get(key);
    if (known) known.recipients.push(mail.to);
    else sent.set(key, { ...mail, recipients: [mail.to] });
  }
  return [...sent.values()];
}

const toSent = ({ id, subject, receivedAt, recipients }: SentOnce): SentMail => ({
  ...{ id, subject, receivedAt, to: recipients },
});

/** Without the link to end a subscription, which each person has for their own. */
const bodyOf = (text: string) => text.replace(/^.*unsubscribe\.html.*$/gm, '');

function shownSubscriber(subscriber: Subscriber, incident: ListedIncident): ShownSubscriber {
  const told = incident.timeline.filter(({ silenced_by }) => silenced_by === undefined);
  if (!subscriber.isConfirmed || subscriber.filter === null) return subscriber;
  const passes = filterOf(subscriber.filter, incident);
  return passes ? { ...subscriber, gets: told.filter(passes).map(({ status }) => status) } : subscriber;
}

/** Undefined where the filter is one that is not understood here. */
function filterOf(
  filter: string | undefined,
  { rule, site_id }: ListedIncident,
): ((step: IncidentStep) => boolean) | undefined {
  if (filter === undefined) return () => true;
  const text = (value: string) => ({ type: 'String', value });
  try {
    const policy = parseFilterPolicy(filter);
    return ({ severity }) =>
      matches(policy, {
        attributes: { severity: text(severity), rule: text(rule), site_id: text(site_id) },
        body: '',
      });
  } catch {
    return undefined;
  }
}
