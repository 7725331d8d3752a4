// What people on call do: acknowledge an incident, close it, or silence what is known to be wrong.
import { errorElement, postJson } from './api.js';
import { closeDialog, openFormDialog } from './dialog.js';
import { el, fill, once, select } from './dom.js';

/** @import { Silence } from '../../../../services/contract/silence-schema.ts' */
/** @import { ListedIncident } from '../page-state.ts' */
/** @import { Children } from './dom.js' */

/** @typedef {Silence['matchers']} Matchers */

const NAME = 'streamwatch-name';
/** @type {[minutes: number, text: string][]} */
const DURATIONS = [
  [30, '30 minutes'],
  [60, '1 hour'],
  [240, '4 hours'],
  [720, '12 hours'],
  [1_440, '1 day'],
  [10_080, '1 week'],
  [43_200, '30 days'],
];

/** @param {ListedIncident} incident @param {() => void} onDone */
export const acknowledgeDialog = ({ id, rule, device_id, site_id }, onDone) =>
  openForm({
    title: `Acknowledge ${rule} on ${device_id === '*' ? site_id : device_id}`,
    text: 'You look after it: it goes on, and reminders end.',
    button: 'Acknowledge',
    needsComment: false,
    send: (by, comment) => postJson('/api/acknowledge', { id, by, ...(comment && { comment }) }),
    onDone,
  });

/** @param {ListedIncident} incident @param {() => void} onDone */
export const closeIncidentDialog = ({ id, rule, device_id, site_id }, onDone) =>
  openForm({
    title: `Close ${rule} on ${device_id === '*' ? site_id : device_id}`,
    text: 'It ends within about a minute, and everybody is told. If the device still breaches, its next breach opens a new one.',
    button: 'Close it',
    needsComment: true,
    send: (by, comment) => postJson('/api/close', { id, by, comment }),
    onDone,
  });

/**
 * @param {{ site: string, device?: string, rule?: string }} about what is silenced, from which a part is chosen
 * @param {() => void} onDone
 */
export function silenceDialog(about, onDone) {
  const scopes = scopesOf(about);
  const whats = scopes.map(([text], i) => /** @type {[number, string]} */ ([i, text]));
  const scope = select('What', whats);
  const duration = select('For how long', DURATIONS, { chosen: 60 });
  openForm({
    title: 'Silence',
    text: 'Until it ends nobody is told. Incidents go on and are kept; what is still open then is told then.',
    button: 'Silence',
    needsComment: true,
    fields: [el('label', 'What ', scope), el('label', 'For ', duration)],
    send: (by, comment) => {
      const matchers = scopes[Number(scope.value)]?.[1] ?? {};
      return postJson('/api/silence', { matchers, minutes: Number(duration.value), by, comment });
    },
    onDone,
  });
}

/** @type {(about: { site: string, device?: string, rule?: string }) => [text: string, matchers: Matchers][]} */
function scopesOf({ site, device, rule }) {
  const sites = [site];
  /** @type {([string, Matchers] | false)[]} */
  const scopes = [
    device !== undefined &&
      rule !== undefined && [`${rule} on ${device}`, { sites, devices: [device], rules: [rule] }],
    device !== undefined && [`everything on ${device}`, { sites, devices: [device] }],
    rule !== undefined && [`${rule} at ${site}`, { sites, rules: [rule] }],
    [`everything at ${site}`, { sites }],
    rule !== undefined && [`${rule} everywhere`, { rules: [rule] }],
  ];
  return scopes.filter((one) => one !== false);
}

/**
 * @param {{
 *   title: string, text: string, button: string, needsComment: boolean, fields?: Children[],
 *   send(by: string, comment: string): Promise<unknown>, onDone(): void,
 * }} form
 */
function openForm({ title, text, button, needsComment, fields = [], send, onDone }) {
  const name = el('input', {
    ...{ required: true, maxlength: 80, autocomplete: 'name', 'aria-label': 'Your name' },
    value: localStorage.getItem(NAME) ?? '',
  });
  const comment = el('input', {
    ...{ required: needsComment, maxlength: 500, size: 40, autocomplete: 'off', 'aria-label': 'Comment' },
    placeholder: needsComment ? 'Why' : 'Why, if it helps others',
  });
  const said = el('p', { role: 'alert' });
  const go = el('button.primary', button);
  /** @param {SubmitEvent} event */
  function onsubmit(event) {
    event.preventDefault();
    once(go, submit);
  }
  async function submit() {
    localStorage.setItem(NAME, name.value.trim());
    try {
      await send(name.value.trim(), comment.value.trim());
      // Somebody who has left this dialog meanwhile may be looking at another one.
      if (go.isConnected) closeDialog();
      onDone();
    } catch (error) {
      fill(said, errorElement('span', error));
    }
  }
  openFormDialog(
    title,
    el('p', text),
    el(
      'form.desk',
      { onsubmit },
      fields,
      el('label', 'Your name ', name),
      el('label', 'Comment ', comment),
      said,
      go,
    ),
  );
  const first = name.value === '' ? name : comment;
  first.focus();
}

/** Who and why, which may be in any script. @param {{ by: string, comment?: string | undefined }} deed @returns {Children[]} */
export const deedWords = ({ by, comment }) => [el('bdi', by), comment && [': ', el('bdi', comment)]];
