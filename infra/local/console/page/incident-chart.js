// The readings around one incident: from the last minutes of the stream, or from the lake when they are older.
import { getJson, postJson } from './api.js';
import { Chart } from './chart.js';
import { el, fill } from './dom.js';
import { FleetData } from './fleet-data.js';
import { serverNow } from './format.js';
import { describeMetric, thresholdsOf } from './metrics.js';

/** @import { About, ListedIncident } from '../page-state.ts' */
/** @import { QueryAnswer } from '../page-answers.ts' */

const SAVED_QUERY = 'incident-readings';
const AROUND_SECONDS = 30;
const MAX_SECONDS = 1200;
const NOT_YET = 'Its readings are not in the lake yet: a file is written every few seconds.';

/**
 * @param {About} about @param {FleetData} data the last minutes @param {ListedIncident} incident
 * @param {HTMLElement} box @returns the chart, which must be destroyed
 */
export async function drawIncidentChart(about, data, incident, box) {
  const { id, metric, device_id, site_id, started_at, resolved_at } = incident;
  if (!metric) throw new Error('It has no readings of its own yet.');
  const nowSeconds = Math.floor(serverNow() / 1000);
  const start = Math.floor(Date.parse(started_at) / 1000);
  const end = resolved_at ? Math.ceil(Date.parse(resolved_at) / 1000) : nowSeconds;
  const isLive = start - AROUND_SECONDS > nowSeconds - data.seconds;
  const shown = isLive ? data : await fromLake(about, incident);
  const device = shown.devices.find((one) => one.device_id === device_id && one.site_id === site_id);
  if (!device) throw new Error(NOT_YET);
  const { label, unit } = describeMetric(about, metric);
  const view = {
    data: shown,
    ...{ indices: [device.index], marked: [device.index], chosen: [], episodes: [] },
    group: `incident/${id}`,
    metric: shown.metrics.indexOf(metric),
    name: `${label} of ${device_id}`,
    unit,
    thresholds: thresholdsOf(about.rules, metric),
    incidents: [{ from: start, to: end }],
    from: start - AROUND_SECONDS,
    to: Math.min(end + AROUND_SECONDS, start + MAX_SECONDS),
  };
  const chart = new Chart(() => view, { height: 220 });
  const source = isLive ? 'as they came over the stream' : `from the lake, by the saved query ${SAVED_QUERY}`;
  fill(box, chart.element, el('p.muted', `${label} ${source}.`));
  return chart;
}

/** @type {(about: About, incident: ListedIncident) => Promise<FleetData>} */
async function fromLake(about, incident) {
  const saved = (await getJson('/api/queries')).find(({ name }) => name === SAVED_QUERY);
  if (!saved) throw new Error(`The template has no saved query ${SAVED_QUERY}.`);
  const answer = await postJson('/api/query', { sql: saved.sql, parameters: [incident.id] });
  if (answer.state !== 'SUCCEEDED') throw new Error(answer.reason ?? answer.state);
  const metrics = about.metrics.map(({ name }) => name);
  const readings = readingsOf(answer, metrics);
  const [first, last] = [readings[0], readings.at(-1)];
  if (!first || !last) throw new Error(NOT_YET);
  const data = FleetData.of(metrics, Math.max(300, last.second - first.second + 2), incident);
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
