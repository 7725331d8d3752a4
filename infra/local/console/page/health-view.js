// How a stack elsewhere is, by its own alarms and what they measure. Read once a minute, only while somebody looks.
import { errorElement, getJson } from './api.js';
import { byId, el, fill, fillEach, setText } from './dom.js';
import { ago, count, plural } from './format.js';
import { RangeChart } from './range-chart.js';
import { createReloads } from './reloads.js';

/** @import { Health, ShownAlarm } from '../page-answers.ts' */
/** @import { Router } from './router.js' */

const PERIOD_MS = 60_000;
const HEIGHT = 120;
const SHOWN_SECONDS = 3 * 3_600;
const NAME = 'value';

/** @type {Record<ShownAlarm['state'], [word: string, look: string]>} */
const STATES = {
  ALARM: ['alarm', 'firing'],
  INSUFFICIENT_DATA: ['no data', 'pending'],
  OK: ['ok', 'resolved'],
};

/** @param {Router} router */
export function createHealthView(router) {
  const note = byId('health-note');
  const problem = el('p');
  const list = el('div.alarms');
  fill(byId('health-list'), problem, list);
  const reloads = createReloads(PERIOD_MS);
  /** @type {Map<string, RangeChart>} */
  const charts = new Map();

  async function load() {
    const isStale = reloads.begin();
    if (charts.size === 0) setText(note, 'Asking CloudWatch …');
    const health = await getJson('/api/health').catch((error) => ({ error }));
    if (isStale()) return;
    if ('error' in health) {
      fill(problem, errorElement('span', health.error));
      setText(note, '');
    } else draw(health);
    reloads.after(PERIOD_MS, load);
  }

  /** @param {Health} health */
  function draw(health) {
    clear();
    fill(problem);
    fillEach(list, health.alarms, (alarm) => alarmItem(alarm, charts));
    for (const alarm of health.alarms) charts.get(alarm.name)?.draw(viewOf(alarm, health.at));
    fill(note, noteOf(health));
  }

  function clear() {
    for (const chart of charts.values()) chart.destroy();
    charts.clear();
  }

  router.add('health', {
    title: () => 'Health',
    show: load,
    hide() {
      reloads.stop();
      clear();
      fill(list);
    },
  });
}

/** @param {Health} health */
function noteOf({ alarms, at, metrics, cost }) {
  const ringing = alarms.filter(({ state }) => state === 'ALARM').length;
  const words = ringing === 0 ? 'No alarm rings' : `${plural(ringing, 'alarm')} of ${count(alarms.length)}`;
  return [
    `${words}. CloudWatch, `,
    ago(at),
    `; a look, once a minute while this page is open, asks for ${plural(metrics, 'metric')}: $${cost.toFixed(4)}.`,
  ];
}

/** @param {ShownAlarm} alarm @param {Map<string, RangeChart>} charts */
function alarmItem({ name, title, meaning, state, since, reason, runbook, times }, charts) {
  const [word, look] = STATES[state];
  const chart = times.length > 0 ? new RangeChart(HEIGHT, () => {}) : undefined;
  if (chart) charts.set(name, chart);
  return el(
    'section.alarm',
    el('h3', title, ' ', el('span', { class: `badge ${look}` }, word)),
    el('p.muted', meaning, since !== undefined && state === 'ALARM' && [' Since ', ago(since), '.']),
    state === 'ALARM' && el('p', reason),
    runbook !== undefined && runbookOf(runbook, state),
    chart ? chart.element : el('p.muted', 'Nothing was measured in the last three hours.'),
  );
}

/** Where it is in words, only while somebody needs it. @type {(runbook: string, state: ShownAlarm['state']) => HTMLElement | false} */
const runbookOf = (runbook, state) =>
  runbook.startsWith('https://')
    ? el('p', el('a', { href: runbook, rel: 'noopener noreferrer' }, 'Runbook'))
    : state === 'ALARM' && el('p.muted', `Runbook: ${runbook}`);

/** As the chart of a metric takes it. @param {ShownAlarm} alarm @param {string} at */
function viewOf({ title, times, values, threshold, comparison }, at) {
  const to = Math.ceil(Date.parse(at) / 1000);
  const bands = { [NAME]: { low: values, middle: values, high: values } };
  const size = { devices: 1, readings: values.length, scannedBytes: 0, cost: 0, outliers: [] };
  return {
    series: { from: to - SHOWN_SECONDS, to, bucketSeconds: 300, times, bands, ...size },
    ...{ metric: NAME, name: title, unit: '', incidents: [] },
    thresholds:
      threshold === undefined
        ? []
        : [{ value: threshold, severity: 'critical', label: `alarm ${comparison} ${count(threshold)}` }],
  };
}
