// The fleet, or a site, as its readings come: charts of what is kept second by second.
import { Chart } from './chart.js';
import { MAX_LINES, MAX_MARKED } from './chart-painter.js';
import { el, fillEach } from './dom.js';
import { knownParts, viewOf } from './fleet-view.js';
import { count } from './format.js';
import { describeMetric } from './metrics.js';

/** @import { About } from '../page-state.ts' */
/** @import { View } from './chart-painter.js' */
/** @import { DeviceName, FleetData } from './fleet-data.js' */
/** @import { Chosen } from './fleet-view.js' */
/** @import { Parts, Store } from './store.js' */

/**
 * @param {HTMLElement} box @param {Store} store @param {FleetData} data @param {Chosen} chosen
 * @param {{ onDevice(device: DeviceName | undefined): void, onZoom(from: number, to: number): void }} on
 */
export function createFleetLive(box, store, data, chosen, { onDevice, onZoom }) {
  /** @type {Chart[]} */
  let charts = [];
  /** @type {Map<string, View>} by metric, worked out once a tick */
  const views = new Map();

  /** @param {string} metric */
  function view(metric) {
    const found = views.get(metric) ?? viewOf(knownParts(store), data, chosen, metric);
    views.set(metric, found);
    return found;
  }

  return {
    isEmpty: () => charts.length === 0,
    /** Draws the charts, as soon as there is a device. @param {About} about @param {readonly string[]} metrics */
    show(about, metrics) {
      if (data.devices.length === 0) return;
      const isPart = chosen.site !== '';
      const height = isPart ? 190 : 300;
      const onPick = (/** @type {number} */ index) => onDevice(data.device(index));
      charts = metrics.map((metric) => new Chart(() => view(metric), { height, onPick, onZoom }));
      box.className = isPart ? 'small-multiples' : '';
      fillEach(box, charts, ({ element }, i) => (isPart ? titled(about, metrics[i], element) : element));
    },
    stop() {
      for (const chart of charts) chart.destroy();
      charts = [];
      views.clear();
    },
    redraw() {
      views.clear();
      for (const chart of charts) chart.redraw();
    },
    /** What is left out. @param {readonly string[]} metrics */
    limits: (metrics) => limits(store.parts, data.devices.length, metrics.map(view)),
  };
}

/**
 * What the charts and the table leave out.
 * @param {Partial<Parts>} parts @param {number} kept devices @param {View[]} views
 */
function limits({ counts, incidents = [], incidentCounts }, kept, views) {
  const devices = counts?.devices ?? 0;
  const open = incidentCounts
    ? incidentCounts.firing + incidentCounts.recovering + incidentCounts.pending
    : 0;
  const marked = incidents.filter(({ state }) => state !== 'resolved').length;
  const most = Math.max(0, ...views.map((one) => (one.indices.length > MAX_LINES ? one.marked.length : 0)));
  const notes = [
    devices > kept && kept > 0 && `${count(kept)} of ${count(devices)} devices are shown.`,
    open > marked && `The newest ${count(marked)} of ${count(open)} open incidents are marked.`,
    most > MAX_MARKED && `Of ${count(most)} devices with an incident of it, ${MAX_MARKED} are lines.`,
    views.length > 0 && views.every(({ data, from }) => data.newest < from) && 'No reading in this time.',
  ];
  return notes.filter(Boolean).join(' ');
}

/** @type {(about: About, metric: string | undefined, chart: HTMLElement) => HTMLElement} */
function titled(about, metric, chart) {
  const { label, unit } = describeMetric(about, metric);
  return el('div', el('h3', `${label} `, el('small', unit)), chart);
}
