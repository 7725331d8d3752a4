// Who was told of an incident: mails, channels with their answers, subscribers, and what a silence held.
import { errorElement, getJson } from './api.js';
import { badgeClass, el, fill, link, reconcile } from './dom.js';
import { ago, plural, when } from './format.js';
import { createReloads } from './reloads.js';

/** @import { SentMail, ShownSubscriber, Told } from '../page-answers.ts' */
/** @import { ListedIncident } from '../page-state.ts' */

/** @typedef {NonNullable<Told['channels']>[number]} SentNote */

/** A channel is told within seconds; one that does not answer is tried again for some minutes. */
const AGAIN_MS = 10_000;

const KINDS = {
  slack: 'Slack',
  teams: 'Teams',
  pagerduty: 'PagerDuty',
  opsgenie: 'Opsgenie',
  webhook: 'webhook',
};

export function createTold() {
  const mails = el('ul.plain', { id: 'incident-mails' });
  const channels = el('ul.plain', { id: 'incident-channels' });
  const subscribers = el('div', { id: 'incident-subscribers' });
  const rest = el('div');
  const reloads = createReloads(AGAIN_MS);
  let shown = '';

  /** @param {ListedIncident} incident */
  async function load(incident) {
    const isStale = reloads.begin();
    const told = await getJson('/api/told', { id: incident.id }).catch((error) => ({ error }));
    if (isStale()) return;
    if ('error' in told) fill(rest, errorElement('p', told.error));
    else draw(incident, told);
    if (incident.state !== 'resolved') reloads.after(AGAIN_MS, () => load(incident));
  }

  /** @param {ListedIncident} incident @param {Told} told */
  function draw(incident, told) {
    reconcile(mails, told.mails ?? [], ({ id }) => id, mailItem);
    reconcile(channels, told.channels ?? [], JSON.stringify, channelItem);
    fill(subscribers, told.subscribers && subscriberList(told.subscribers));
    fill(rest, restOf(incident, told));
  }

  return {
    elements: [mails, channels, subscribers, rest],
    /** At once where something was told since the last look. @param {ListedIncident} incident */
    show(incident) {
      const { id, state, timeline } = incident;
      const now = `${id} ${state} ${timeline.length}`;
      if (now === shown) return;
      shown = now;
      load(incident);
    },
    stop() {
      shown = '';
      reloads.stop();
      for (const part of [mails, channels, subscribers]) fill(part);
      fill(rest, el('p.muted', 'Looking …'));
    },
  };
}

/** What was held, and what is not there. @type {(incident: ListedIncident, told: Told) => (HTMLElement | false)[]} */
function restOf({ timeline }, { mails, channels, subscribers }) {
  const held = timeline.filter(({ silenced_by }) => silenced_by !== undefined);
  return [
    held.length > 0 &&
      el(
        'p.muted',
        `Told nobody, because of a silence: ${held.map(({ status }) => status).join(', ')}. `,
        link('#/silences', 'Silences'),
      ),
    mails?.length === 0 &&
      el('p.muted', 'None of the newest mails names it. See ', link('/inbox', 'the whole inbox'), '.'),
    channels?.length === 0 &&
      el('p.muted', 'No channel, such as Slack, was sent anything about it in the last twenty days.'),
    !mails && !channels && !subscribers && el('p.muted', 'These credentials may not see who was told.'),
  ];
}

/** @param {SentMail} mail */
function mailItem({ id, subject, to, receivedAt }) {
  const box = el('div');
  const summary = el('summary', subject, el('span.muted', `, to ${to.join(' and ')}, `, ago(receivedAt)));
  let isAsked = false;
  /** @param {HTMLDetailsElement} details */
  async function open(details) {
    if (!details.open || isAsked) return;
    isAsked = true;
    const mail = await getJson('/api/mail', { id }).catch((error) => ({ error }));
    isAsked = !('error' in mail);
    fill(box, 'error' in mail ? errorElement('p', mail.error) : el('pre', mail.text));
  }
  return el('li', el('details', { ontoggle: ({ currentTarget }) => open(currentTarget) }, summary, box));
}

/** @param {SentNote} note */
function channelItem({ channel, kind, status, incidents, at, attempts, isSent, answer }) {
  const others = incidents > 1 && `, in one message about ${plural(incidents, 'incident')}`;
  return el(
    'li',
    when(at),
    ' ',
    el('span', { class: badgeClass(status === 'resolved' ? status : 'firing') }, status),
    ` to ${channel} (${KINDS[kind]})`,
    others,
    isSent ? ': ' : el('strong', answer === undefined ? ': being sent' : ': not told, '),
    answer ?? '',
    attempts > 1 && ` after ${plural(attempts, 'attempt')}`,
  );
}

/** @param {ShownSubscriber[]} subscribers */
function subscriberList(subscribers) {
  if (subscribers.length === 0) return el('p.muted', 'Nobody is subscribed by e-mail now.');
  return [
    el(
      'ul.plain',
      subscribers.map((one) => el('li', one.address, el('span.muted', `, ${wordsOf(one)}`))),
    ),
    el(
      'p.muted',
      'Who is subscribed now, and what a filter lets through. SNS does not say what has arrived.',
    ),
  ];
}

/** @param {ShownSubscriber} subscriber */
function wordsOf({ isConfirmed, filter, gets }) {
  if (!isConfirmed) return 'has not confirmed: gets nothing';
  if (filter === null) return 'with a filter that these credentials may not see';
  if (gets === undefined) return `with a filter: ${filter}`;
  if (gets.length === 0) return 'gets none of it, by a filter';
  return `gets ${gets.join(', ')}`;
}
