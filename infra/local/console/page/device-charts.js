// Every metric of a device over a range of time, loaded again as long as the range ends now.
import { errorElement, getJson } from './api.js';
import { el, fill, setText } from './dom.js';
import { moment, period, plural, serverNow } from './format.js';
import { describeMetric, thresholdsOf } from './metrics.js';
import { RangeChart } from './range-chart.js';
import { createReloads } from './reloads.js';

/** @import { Series } from '../page-answers.ts' */
/** @import { About, ListedIncident } from '../page-state.ts' */
/** @import { Range } from './time-range.js' */

/**
 * `first`: the metric whose chart is large; `band`: what is normal for it; `range`: worked out anew at every load.
 * @typedef {{
 *   site: string, device: string, range(): Range, incidents: ListedIncident[],
 *   first?: string | undefined, band?: { min: number, max: number } | undefined,
 * }} Shown
 */

const LEAST_PERIOD_MS = 5_000;
const [LARGE, SMALL] = [240, 170];

/** @param {(from: number, to: number) => void} onZoom */
export function createDeviceCharts(onZoom) {
  const note = el('p.muted.charts-note');
  const problem = el('p');
  const grid = el('div.small-multiples');
  const large = el('div');
  const element = el('div.device-charts', large, grid, problem, note);
  /** @type {Map<string, RangeChart>} */
  const charts = new Map();
  const reloads = createReloads(LEAST_PERIOD_MS);

  /** @param {About} about @param {Shown} shown */
  async function load(about, shown) {
    const isStale = reloads.begin();
    const range = shown.range();
    if (charts.size === 0) setText(note, 'Looking for readings …');
    const { site, device } = shown;
    const query = { site, device, from: `${range.from}`, to: `${range.to}` };
    const series = await getJson('/api/series', query).catch((error) => ({ error }));
    // Another range has been asked for since, or nobody looks any more.
    if (isStale()) return;
    if ('error' in series) {
      fill(problem, errorElement('span', series.error));
      if (charts.size === 0) setText(note, '');
    } else draw(about, shown, series);
    const period = 'error' in series ? 0 : series.bucketSeconds * 1000;
    if (range.last) reloads.after(Math.max(LEAST_PERIOD_MS, period), () => load(about, shown));
  }

  /** @type {(about: About, shown: Shown, series: Series) => void} */
  function draw(about, shown, series) {
    const known = about.metrics.map(({ name }) => name);
    const metrics = known.filter((metric) => hasValues(series, metric));
    if (metrics.length === 0 && shown.first) metrics.push(shown.first);
    for (const [metric, chart] of charts) {
      if (metrics.includes(metric)) continue;
      chart.element.parentElement?.remove();
      chart.destroy();
      charts.delete(metric);
    }
    for (const metric of metrics) {
      const { label, unit } = describeMetric(about, metric);
      const isFirst = metric === shown.first;
      const chart = charts.get(metric) ?? new RangeChart(isFirst ? LARGE : SMALL, onZoom);
      if (!charts.has(metric)) {
        charts.set(metric, chart);
        (isFirst ? large : grid).append(el('div', el('h3', `${label} `, el('small', unit)), chart.element));
      }
      chart.draw({
        ...{ series, metric, unit, name: `${label} of ${shown.device}` },
        thresholds: thresholdsOf(about.rules, metric),
        ...(isFirst && shown.band && { band: shown.band }),
        incidents: spansOf(shown.incidents, metric),
      });
    }
    setText(note, sourceWords(series));
    fill(problem, series.problem && el('span.error', `The lake could not be asked: ${series.problem}`));
  }

  return {
    element,
    show: load,
    stop() {
      reloads.stop();
      for (const chart of charts.values()) chart.destroy();
      charts.clear();
      fill(large);
      fill(grid);
      fill(problem);
      setText(note, '');
    },
  };
}

/** @type {(series: Series, metric: string) => boolean} */
const hasValues = (series, metric) => series.bands[metric]?.middle.some((value) => value !== null) ?? false;

/** When there was an incident of that metric, or of no metric. @param {ListedIncident[]} incidents @param {string} metric */
const spansOf = (incidents, metric) =>
  incidents
    .filter((incident) => incident.metric === undefined || incident.metric === metric)
    .map(({ started_at, resolved_at, state }) => ({
      from: Date.parse(started_at) / 1000,
      to: Date.parse(resolved_at ?? (state === 'resolved' ? started_at : '')) / 1000 || serverNow() / 1000,
    }));

/** @param {Series} series */
function sourceWords({ readings, bucketSeconds, lakeTo }) {
  if (readings === 0) return 'No readings in this time, neither in the lake nor from the stream.';
  const lake =
    lakeTo === undefined
      ? 'from the stream'
      : `in the lake up to ${moment(lakeTo * 1000)}, then from the stream`;
  const pieces =
    bucketSeconds === 1 ? 'second by second' : `lowest, mean and highest of every ${period(bucketSeconds)}`;
  return `${plural(readings, 'reading')}, ${lake}; ${pieces}. Drag over a chart to look closer.`;
}
