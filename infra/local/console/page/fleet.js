// The fleet over time: one metric for all, or every metric for a site or a device.
import { Chart } from './chart.js';
import { byId, el, fill, setText } from './dom.js';
import { drawFleetControls } from './fleet-controls.js';
import { keyOf } from './fleet-data.js';
import { drawFleetTable } from './fleet-table.js';
import { indicesOf, viewOf } from './fleet-view.js';
import { count } from './format.js';
import { describeMetric } from './metrics.js';

/** @import { About } from '../page-state.ts' */
/** @import { View } from './chart-painter.js' */
/** @import { Choose } from './fleet-controls.js' */
/** @import { FleetData } from './fleet-data.js' */
/** @import { Chosen } from './fleet-view.js' */
/** @import { Parts, Store } from './store.js' */

/** @param {Store} store @param {FleetData} data */
export function createFleet(store, data) {
  /** @type {Chosen} */
  const chosen = { metric: 'temperature', site: '', device: '', truth: false };
  /** @type {Chart[]} */
  let charts = [];
  /** @type {Map<string, View>} by metric, worked out once a tick */
  const views = new Map();
  let drawnFor = '';

  /** The parts received so far; `about` arrives before anything is drawn. */
  function known() {
    const { about, ...rest } = store.parts;
    if (!about) throw new Error('Expected the part "about" before a chart is drawn');
    return { about, ...rest };
  }

  /** @param {string} metric */
  function view(metric) {
    const found = views.get(metric) ?? viewOf(known(), data, chosen, metric);
    views.set(metric, found);
    return found;
  }

  function rebuild() {
    for (const chart of charts) chart.destroy();
    views.clear();
    const isPart = chosen.site !== '' || chosen.device !== '';
    const metrics = isPart ? data.metrics : [chosen.metric];
    const height = isPart ? 190 : 300;
    charts = metrics.map((metric) => new Chart(() => view(metric), { height, onPick: pick }));
    const box = byId('fleet-charts');
    box.className = isPart ? 'small-multiples' : '';
    fill(
      box,
      charts.map(({ element }, i) => (isPart ? titled(known().about, metrics[i], element) : element)),
    );
  }

  /** @type {Choose} */
  function choose(change) {
    Object.assign(chosen, change);
    drawControls();
    rebuild();
  }

  /** @param {number} index of the device that was clicked */
  function pick(index) {
    choose({ device: keyOf(data.device(index)) });
  }

  function drawControls() {
    const { about, fleet } = known();
    drawFleetControls(about, data, chosen, Boolean(fleet), choose, (isShown) => {
      chosen.truth = isShown;
      redraw();
    });
  }

  function redraw() {
    views.clear();
    for (const chart of charts) chart.redraw();
  }

  return {
    tick() {
      if (!store.parts.about) return;
      const shape = `${data.devices.length} ${Boolean(store.parts.fleet)}`;
      if (shape !== drawnFor) {
        drawnFor = shape;
        drawControls();
        if (charts.length === 0 && data.devices.length > 0) rebuild();
      }
      redraw();
      setText(byId('fleet-limits'), limits(store.parts, data.devices.length));
      if (byId('fleet-table', HTMLDetailsElement).open)
        drawFleetTable(known(), data, indicesOf(data, chosen));
    },
    /** Draws the controls again at the next tick. */
    reset() {
      drawnFor = '';
    },
  };
}

/**
 * What the charts and the table leave out.
 * @param {Partial<Parts>} parts @param {number} kept devices
 */
function limits({ counts, incidents = [], incidentCounts }, kept) {
  const devices = counts?.devices ?? 0;
  const open = incidentCounts
    ? incidentCounts.firing + incidentCounts.recovering + incidentCounts.pending
    : 0;
  const marked = incidents.filter(({ state }) => state !== 'resolved').length;
  const notes = [
    devices > kept && kept > 0 && `${count(kept)} of ${count(devices)} devices are shown.`,
    open > marked && `The newest ${count(marked)} of ${count(open)} open incidents are marked.`,
  ];
  return notes.filter(Boolean).join(' ');
}

/** @type {(about: About, metric: string | undefined, chart: HTMLElement) => HTMLElement} */
function titled(about, metric, chart) {
  const { label, unit } = describeMetric(about, metric);
  return el('div', el('h3', `${label} `, el('small', unit)), chart);
}
