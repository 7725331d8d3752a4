/** One incident with what stands beside it: the site's other incidents, and the mails that name it. */
import { matches, type Silence } from '../../../../services/contract/silence-window.ts';
import type { Mail } from '../../../emulator/mailbox/mail.ts';
import type { Mailbox } from '../../../emulator/mailbox/mailbox.ts';
import type { IncidentDetail, SentMail, ShownSilence } from '../page-answers.ts';
import type { ListedIncident } from '../page-state.ts';
import { shown } from './desk-routes.ts';
import type { ReadPast } from './past-incidents.ts';

/** The newest mails, in which those of an incident are looked for. */
const MAILS_READ = 1_000;
const SHOWN_AT_SITE = 20;

/**
 * @param silences undefined where they could not be read
 * @param past for an incident whose alerts are not kept here
 * @returns undefined where there is no such incident among those that are kept
 */
export async function incidentDetail(
  all: readonly ListedIncident[],
  mailbox: Pick<Mailbox, 'list'>,
  silences: readonly Silence[] | undefined,
  id: string,
  nowMs: number,
  past: ReadPast,
): Promise<IncidentDetail | undefined> {
  const known = all.find((one) => one.id === id) ?? all.find((one) => isWhatBecameOf(one, id));
  // Of an open one without an alert here, the state table has only the present.
  const isTold = known && (known.timeline.length > 0 || known.state === 'pending');
  const told = isTold ? undefined : await past(id);
  const incident = known && told ? { ...told, ...known, timeline: told.timeline } : (known ?? told);
  if (!incident) return undefined;
  const others = all.filter(
    (one) => one.site_id === incident.site_id && one.state !== 'resolved' && one.id !== incident.id,
  );
  const mails = (await mailbox.list(MAILS_READ)).filter(({ text }) => text.includes(incident.id));
  return {
    ...{ incident, atSite: others.slice(0, SHOWN_AT_SITE), atSiteTotal: others.length },
    ...(silences && { silences: silences.map(shown(nowMs)).filter((one) => holds(one, incident)) }),
    mails: onceEach(mails).map(toSent).reverse(),
  };
}

const holds = (silence: ShownSilence, { severity = '', ...incident }: ListedIncident) =>
  silence.state === 'active' && matches(silence, { ...incident, severity });

/** A pending incident is called by site, device and rule until it fires, which gives it an id. */
const isWhatBecameOf = ({ state, site_id, device_id, rule }: ListedIncident, id: string) =>
  state !== 'resolved' && id === `${site_id}/${device_id}/${rule}`;

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
