// The readings around one incident: from the last minutes of the stream, or from the lake when they are older.
import { getJson, postJson } from './api.js';
import { Chart } from './chart.js';
import { el, fill } from './dom.js';
import { FleetData } from './fleet-data.js';
import { clock, moment, serverNow, span } from './format.js';
import { describeMetric, thresholdsOf } from './metrics.js';

/** @import { About, ListedIncident } from '../page-state.ts' */
/** @import { QueryAnswer } from '../page-answers.ts' */

const SAVED_QUERY = 'incident-readings';
const AROUND_SECONDS = 30;
const MAX_SECONDS = 1200;
/** After this time without a reading a device of an open incident counts as silent. */
const SILENT_SECONDS = 60;

/**
 * Draws the chart, or says why there is none.
 * @param {About} about @param {FleetData} data the last minutes @param {ListedIncident} incident
 * @param {HTMLElement} box @returns the chart, which must be destroyed
 */
export async function drawIncidentChart(about, data, incident, box) {
  const { id, kind, device_id, site_id, started_at, resolved_at } = incident;
  if (device_id === '*') return remark(box, 'It is about the whole site: none of its devices is heard.');
  // A silence is seen in any metric.
  const metric = kind === 'silent' ? about.metrics[0]?.name : incident.metric;
  if (!metric) return remark(box, 'The template has no rule of this name, so its metric is not known.');
  const nowSeconds = Math.floor(serverNow() / 1000);
  const start = Math.floor(Date.parse(started_at) / 1000);
  const end = resolved_at ? Math.ceil(Date.parse(resolved_at) / 1000) : nowSeconds;
  const [from, to] = [start - AROUND_SECONDS, Math.min(end + AROUND_SECONDS, start + MAX_SECONDS)];
  const inWindow = from > nowSeconds - data.seconds && readingIn(data, incident, metric, from, to);
  const shown = inWindow ? data : await fromLake(about, incident);
  const device = readingIn(shown, incident, metric, from, to);
  if (!device) return remark(box, nothingSeen(incident, from, to));
  const { label, unit } = describeMetric(about, metric);
  const view = {
    data: shown,
    ...{ indices: [device.index], marked: [device.index], chosen: [], episodes: [] },
    group: `incident/${id}`,
    metric: shown.metrics.indexOf(metric),
    name: `${label} of ${device_id}, site ${site_id}`,
    unit,
    thresholds: thresholdsOf(about.rules, metric),
    ...{ incidents: [{ from: start, to: end }], from, to },
  };
  const chart = new Chart(() => view, { height: 220 });
  const source = inWindow ? 'the stream' : `the lake (saved query ${SAVED_QUERY})`;
  const isSilent =
    kind !== 'silent' && incident.state !== 'resolved' && nowSeconds - device.newest > SILENT_SECONDS;
  const silence = ` The last one is ${span((nowSeconds - device.newest) * 1000)} old: a silent device ends no incident.`;
  fill(box, chart.element, el('p.muted', `${label} readings from ${source}.${isSilent ? silence : ''}`));
  return chart;
}

/** @type {(box: HTMLElement, text: string) => undefined} */
const remark = (box, text) => void fill(box, el('p.muted', text));

/** @type {(incident: ListedIncident, from: number, to: number) => string} */
function nothingSeen({ device_id, started_at }, from, to) {
  const when = `between ${clock(from * 1000)} and ${moment(to * 1000)}`;
  const isFresh = serverNow() - Date.parse(started_at) < SILENT_SECONDS * 1000;
  const perhaps = isFresh ? ' A file is written every few seconds: look again soon.' : '';
  return `There are no readings of ${device_id} ${when}, neither from the stream nor in the lake.${perhaps}`;
}

/**
 * The incident's device, if it has a value in this time.
 * @param {FleetData} data @param {ListedIncident} incident @param {string} metric @param {number} from
 * @param {number} to seconds
 */
function readingIn(data, { device_id, site_id }, metric, from, to) {
  const device = data.devices.find((one) => one.device_id === device_id && one.site_id === site_id);
  if (!device) return undefined;
  const m = data.metrics.indexOf(metric);
  for (let second = from; second <= to; second += 1)
    if (!Number.isNaN(data.value(device.index, m, second))) return device;
  return undefined;
}

/**
 * Readings that have left the window, as Athena has them.
 * @param {About} about @param {ListedIncident} incident
 */
async function fromLake(about, incident) {
  const saved = (await getJson('/api/queries')).find(({ name }) => name === SAVED_QUERY);
  if (!saved) throw new Error(`The template has no saved query ${SAVED_QUERY}.`);
  const answer = await postJson('/api/query', { sql: saved.sql, parameters: [incident.id] });
  if (answer.state !== 'SUCCEEDED') throw new Error(answer.reason ?? answer.state);
  const metrics = about.metrics.map(({ name }) => name);
  const readings = readingsOf(answer, metrics);
  const seconds = (readings.at(-1)?.second ?? 0) - (readings[0]?.second ?? 0);
  const data = FleetData.of(metrics, Math.max(300, seconds + 2), incident);
  data.apply({ devices: [], changes: readings.map(({ second, values }) => [0, second, ...values]) });
  return data;
}

/** @param {QueryAnswer} answer rows in order of time @param {string[]} metrics */
function readingsOf({ columns, rows }, metrics) {
  /** @type {(row: (string | null)[], name: string) => string | null} */
  const cell = (row, name) => row[columns.findIndex((column) => column.name === name)] ?? null;
  return rows.map((row) => ({
    second: Math.floor(Date.parse(`${cell(row, 'time')?.replace(' UTC', '').replace(' ', 'T')}Z`) / 1000),
    values: metrics.map((name) => {
      const value = cell(row, name);
      return value === null ? null : Number(value);
    }),
  }));
}
