// The dialog of one incident: its facts, its readings, its timeline, its mails.
import { errorElement, getJson } from './api.js';
import { openDialog } from './dialog.js';
import { badgeClass, el, fields, fill } from './dom.js';
import { ago, serverNow, span, when } from './format.js';
import { drawIncidentChart } from './incident-chart.js';
import { measure, subjectOf, worstOf } from './words.js';

/** @import { About, IncidentStep, ListedIncident, MailSummary } from '../page-state.ts' */
/** @import { FleetData } from './fleet-data.js' */
/** @import { Parts } from './store.js' */

/** @param {Partial<Parts>} parts @param {FleetData} data @param {string} id */
export async function openIncident({ incidents, about, mails }, data, id) {
  const incident = incidents?.find((one) => one.id === id);
  if (!incident || !about) return;
  const chartBox = el('div.dialog-chart', el('p.muted', 'Looking for its readings …'));
  const mailBox = el('div');
  const rule = about.rules.find(({ name }) => name === incident.rule);
  const dialog = openDialog(
    `${incident.rule} on ${incident.device_id === '*' ? incident.site_id : incident.device_id}`,
    el('p', incident.summary ?? `${incident.rule}: ${incident.state}`),
    rule?.annotations?.description && el('p.muted', rule.annotations.description),
    fields(facts(about, incident)),
    el('h3', 'Readings'),
    chartBox,
    el('h3', 'Timeline'),
    timeline(incident.timeline, (value) => measure(about, incident, value)),
    el('h3', 'Mail'),
    mailBox,
  );
  const drawing = drawIncidentChart(about, data, incident, chartBox);
  drawing.catch((error) => fill(chartBox, errorElement('p', error)));
  dialog.addEventListener('close', () => drawing.then((chart) => chart?.destroy()).catch(() => {}), {
    once: true,
  });
  const own = mails?.newest.filter(({ incident_id }) => incident_id === incident.id) ?? [];
  fill(mailBox, own.length === 0 ? noMail() : await Promise.all(own.reverse().map(mailDetails)));
}

/** @type {(about: About, incident: ListedIncident) => [string, string | Node][]} */
function facts(about, incident) {
  const { id, state, severity, site_id, started_at, resolved_at } = incident;
  const startedMs = Date.parse(started_at);
  const endMs = resolved_at ? Date.parse(resolved_at) : state === 'resolved' ? undefined : serverNow();
  const duration = endMs === undefined ? 'ended by hand, so its end is not known' : span(endMs - startedMs);
  /** @type {[string, string | Node | undefined][]} */
  const list = [
    [
      'State',
      el('span', { class: badgeClass(state, severity) }, severity ? `${state} · ${severity}` : state),
    ],
    ['Device', `${subjectOf(incident)}, site ${site_id}`],
    ['Started', when(started_at)],
    ['Duration', state === 'resolved' ? duration : `${duration} so far`],
    ...worstOf(about, incident).map(([label, text]) => fact(label, text)),
    // A pending one has no id yet.
    ['Incident', state === 'pending' ? undefined : el('code', id)],
  ];
  return list.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

/** @type {(label: string, text: string) => [string, string | undefined]} */
const fact = (label, text) => [`${label.charAt(0).toUpperCase()}${label.slice(1)}`, text || undefined];

/** @type {(steps: IncidentStep[], said: (value: number) => string) => HTMLElement} */
function timeline(steps, said) {
  if (steps.length === 0) return el('p.muted', 'No alert of it is among those that are kept.');
  return el(
    'ol.timeline',
    steps.map(({ status, severity, at, value }) =>
      el(
        'li',
        when(at),
        ' ',
        el('span', { class: badgeClass(status === 'resolved' ? status : 'firing', severity) }, status),
        ` ${severity}, ${said(value)}`,
      ),
    ),
  );
}

const noMail = () =>
  el(
    'p.muted',
    'None of the newest mails names it. See ',
    el('a', { href: '/inbox' }, 'the whole inbox'),
    '.',
  );

/** @param {MailSummary} summary */
async function mailDetails({ id, subject, to, receivedAt }) {
  const text = await getJson('/api/mail', { id }).then(
    (mail) => el('pre', mail.text),
    (error) => errorElement('p', error),
  );
  const summary = el('summary', subject, el('span.muted', `, to ${to}, `, ago(receivedAt)));
  return el('details', summary, text);
}
