/** One incident with what stands beside it: the site's other incidents, and the mails that name it. */
import type { Mail } from '../../../emulator/mailbox/mail.ts';
import type { Mailbox } from '../../../emulator/mailbox/mailbox.ts';
import type { IncidentDetail, SentMail } from '../page-answers.ts';
import type { ListedIncident } from '../page-state.ts';

/** The newest mails, in which those of an incident are looked for. */
const MAILS_READ = 1_000;
const SHOWN_AT_SITE = 20;

/** @returns undefined where there is no such incident among those that are kept */
export async function incidentDetail(
  all: readonly ListedIncident[],
  mailbox: Pick<Mailbox, 'list'>,
  id: string,
): Promise<IncidentDetail | undefined> {
  const incident = all.find((one) => one.id === id);
  if (!incident) return undefined;
  const others = all.filter(
    (one) => one.site_id === incident.site_id && one.state !== 'resolved' && one.id !== id,
  );
  const mails = (await mailbox.list(MAILS_READ)).filter(({ text }) => text.includes(id));
  return {
    ...{ incident, atSite: others.slice(0, SHOWN_AT_SITE), atSiteTotal: others.length },
    mails: onceEach(mails).reverse(),
  };
}

/** A mail to several people is stored once for each. @param mails newest first */
export function onceEach(mails: readonly Mail[]): SentMail[] {
  const sent = new Map<string, SentMail>();
  for (const { id, to, subject, text, receivedAt } of mails) {
    const key = `${subject}\n${bodyOf(text)}`;
    const known = sent.get(key);
    if (known) known.to.push(to);
    else sent.set(key, { id, to: [to], subject, receivedAt });
  }
  return [...sent.values()];
}

/** Without the link to end a subscription, which each person has for their own. */
const bodyOf = (text: string) => text.replace(/^.*unsubscribe\.html.*$/gm, '');
