// The dialog of one incident: its readings, its timeline, its mails.
import { getJson, messageOf } from './api.js';
import { openDialog } from './dialog.js';
import { el, fill } from './dom.js';
import { ago, when } from './format.js';
import { drawIncidentChart } from './incident-chart.js';
import { describeMetric } from './metrics.js';

/** @import { IncidentStep, MailSummary } from '../page-state.ts' */
/** @import { Chart } from './chart.js' */
/** @import { FleetData } from './fleet-data.js' */
/** @import { Parts } from './store.js' */

/** @param {Partial<Parts>} parts @param {FleetData} data @param {string} id */
export async function openIncident({ incidents, about, mails }, data, id) {
  const incident = incidents?.find((one) => one.id === id);
  if (!incident || !about) return;
  const { unit } = describeMetric(about, incident.metric);
  const chartBox = el('div.dialog-chart', el('p.muted', 'Looking for its readings …'));
  const mailBox = el('div');
  const rule = about.rules.find(({ name }) => name === incident.rule);
  const dialog = openDialog(
    `${incident.rule} on ${incident.device_id}`,
    el('p', incident.summary ?? `${incident.rule}: ${incident.state}`),
    rule?.annotations?.description && el('p.muted', rule.annotations.description),
    el('h3', 'Readings'),
    chartBox,
    el('h3', 'Timeline'),
    timeline(incident.timeline, unit),
    el('h3', 'Mail'),
    mailBox,
  );
  /** @type {Chart | undefined} */
  let chart;
  dialog.addEventListener('close', () => chart?.destroy(), { once: true });
  try {
    chart = await drawIncidentChart(about, data, incident, chartBox);
  } catch (error) {
    fill(chartBox, failure(error));
  }
  const own = mails?.newest.filter(({ incident_id }) => incident_id === incident.id) ?? [];
  fill(mailBox, own.length === 0 ? noMail() : await Promise.all(own.reverse().map(mailDetails)));
}

/** @type {(steps: IncidentStep[], unit: string) => HTMLElement} */
function timeline(steps, unit) {
  if (steps.length === 0) return el('p.muted', 'Not published yet.');
  return el(
    'ol.timeline',
    steps.map(({ status, severity, at, value }) =>
      el(
        'li',
        when(at),
        ' ',
        el(`span.badge.${status === 'resolved' ? 'resolved' : 'firing'}`, status),
        ` ${severity}, at ${value.toFixed(1)} ${unit}`,
      ),
    ),
  );
}

const noMail = () =>
  el('p.muted', 'None among the last mails. See ', el('a', { href: '/inbox' }, 'the whole inbox'), '.');

/** @param {MailSummary} summary */
async function mailDetails({ id, subject, receivedAt }) {
  const text = await getJson('/api/mail', { id }).then((mail) => el('pre', mail.text), failure);
  return el('details', el('summary', subject, ' ', ago(receivedAt)), text);
}

/** @param {unknown} error */
const failure = (error) => el('p.error', messageOf(error));
