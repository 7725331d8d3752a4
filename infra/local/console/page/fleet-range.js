// The fleet, or a site, over a range of time: how all devices are spread, and those that went furthest from the rest.
import { errorElement, getJson } from './api.js';
import { el, fill, fillEach, setText } from './dom.js';
import { period, plural, size } from './format.js';
import { describeMetric, thresholdsOf } from './metrics.js';
import { RangeChart } from './range-chart.js';
import { createReloads } from './reloads.js';

/** @import { Series } from '../page-answers.ts' */
/** @import { About } from '../page-state.ts' */
/** @import { Range } from './time-range.js' */

/** @typedef {{ site: string, metrics: readonly string[], range(): Range }} Shown */

const LEAST_PERIOD_MS = 15_000;

/** @param {HTMLElement} box @param {(from: number, to: number) => void} onZoom */
export function createFleetRange(box, onZoom) {
  /** @type {RangeChart[]} */
  let charts = [];
  const reloads = createReloads(LEAST_PERIOD_MS);

  /** One metric after the other: each is a question to the lake. @param {About} about @param {Shown} shown */
  async function load(about, shown) {
    const isStale = reloads.begin();
    const range = shown.range();
    if (charts.length === 0) {
      const pieces = shown.metrics.map((metric) =>
        createPiece(about, metric, onZoom, shown.metrics.length > 1),
      );
      charts = pieces.map(({ chart }) => chart);
      box.className = shown.metrics.length > 1 ? 'small-multiples' : '';
      fillEach(box, pieces, ({ element }) => element);
    }
    for (const [i, metric] of shown.metrics.entries()) {
      const query = {
        from: `${range.from}`,
        to: `${range.to}`,
        metric,
        ...(shown.site && { site: shown.site }),
      };
      const series = await getJson('/api/series', query).catch((error) => ({ error }));
      if (isStale()) return;
      const chart = charts[i];
      const note = chart?.element.nextElementSibling;
      if (!chart || !note) return;
      if ('error' in series) fill(note, errorElement('span', series.error));
      else draw(about, chart, note, series, metric, shown.site);
    }
    if (range.last) reloads.after(LEAST_PERIOD_MS, () => load(about, shown));
  }

  function stop() {
    reloads.stop();
    for (const chart of charts) chart.destroy();
    charts = [];
  }

  return {
    stop,
    /** @param {About} about @param {Shown} shown */
    show(about, shown) {
      stop();
      load(about, shown);
    },
  };
}

/** @type {(about: About, metric: string, onZoom: (from: number, to: number) => void, isSmall: boolean) => { element: HTMLElement, chart: RangeChart }} */
function createPiece(about, metric, onZoom, isSmall) {
  const { label, unit } = describeMetric(about, metric);
  const chart = new RangeChart(isSmall ? 190 : 300, onZoom);
  const note = el('p.muted', 'Looking …');
  return { chart, element: el('div', el('h3', `${label} `, el('small', unit)), chart.element, note) };
}

/** @type {(about: About, chart: RangeChart, note: Element, series: Series, metric: string, site: string) => void} */
function draw(about, chart, note, series, metric, site) {
  const { label, unit } = describeMetric(about, metric);
  chart.draw({
    ...{ series, metric, unit, incidents: [], name: `${label} of ${site || 'the fleet'}` },
    thresholds: thresholdsOf(about.rules, metric),
  });
  if (series.problem) fill(note, el('span.error', `The lake could not be asked: ${series.problem}`));
  else setText(note, words(series));
}

/** @param {Series} series */
function words({ readings, devices, bucketSeconds, outliers, scannedBytes }) {
  if (readings === 0) return 'No readings in the lake of this time.';
  const spread = 'all devices, the middle 80 %, and their median';
  const furthest = outliers.length > 0 ? `; in red the ${outliers.length} that went furthest from it` : '';
  return `${plural(readings, 'reading')} of ${plural(devices, 'device')} in pieces of ${period(bucketSeconds)}: ${spread}${furthest}. ${size(scannedBytes)} scanned.`;
}
