// The fleet over time: one metric for all, or every metric for a site; live, or over a range of time from the lake.
import { deviceAddress, siteAddress } from './address.js';
import { Chart } from './chart.js';
import { MAX_LINES, MAX_MARKED } from './chart-painter.js';
import { byId, el, fill, fillEach, setText } from './dom.js';
import { drawFleetControls } from './fleet-controls.js';
import { createFleetRange } from './fleet-range.js';
import { drawFleetTable } from './fleet-table.js';
import { indicesOf, viewOf } from './fleet-view.js';
import { count } from './format.js';
import { createLiveButton, isReadLive } from './live-readings.js';
import { describeMetric } from './metrics.js';
import { createRangeBar, rangeChoices, rangeOf, rangeOr } from './time-range.js';

/** @import { About } from '../page-state.ts' */
/** @import { Address } from './address.js' */
/** @import { View } from './chart-painter.js' */
/** @import { Choose } from './fleet-controls.js' */
/** @import { FleetData } from './fleet-data.js' */
/** @import { Chosen } from './fleet-view.js' */
/** @import { Router } from './router.js' */
/** @import { Parts, Store } from './store.js' */

/** What is kept second by second; everything longer comes from the lake. */
const LIVE = '5m';

/** @param {Store} store @param {FleetData} data @param {Router} router */
export function createFleet(store, data, router) {
  /** @type {Chosen} */
  const chosen = { metric: 'temperature', site: '', truth: false };
  const bar = createRangeBar(byId('fleet-range'), router);
  const liveButton = createLiveButton(() => router.go({ last: LIVE, from: undefined, to: undefined }));
  fill(byId('fleet-live'), liveButton.element);
  const past = createFleetRange(byId('fleet-charts'), (from, to) => router.go(rangeChoices(from, to)));
  /** @type {Chart[]} */
  let charts = [];
  /** @type {Map<string, View>} by metric, worked out once a tick */
  const views = new Map();
  /** @type {Address | undefined} */
  let shown;
  let drawnFor = '';
  let wasLive = false;

  /** The parts received so far; `about` arrives before anything is drawn. */
  function known() {
    const { about, ...rest } = store.parts;
    if (!about) throw new Error('Expected the part "about" before a chart is drawn');
    return { about, ...rest };
  }

  /** A stack elsewhere has no readings second by second. */
  const otherwise = () => (store.parts.about?.isLive === false ? '1h' : LIVE);
  const isLive = () => {
    if (store.parts.about?.isLive === false && !isReadLive(store.parts, chosen.site)) return false;
    const range = shown && rangeOf(shown.query);
    return range === undefined || range.last === LIVE;
  };
  const metrics = () => (chosen.site === '' ? [chosen.metric] : data.metrics);

  /** @param {string} metric */
  function view(metric) {
    const found = views.get(metric) ?? viewOf(known(), data, chosen, metric);
    views.set(metric, found);
    return found;
  }

  function rebuild() {
    for (const chart of charts) chart.destroy();
    charts = [];
    views.clear();
    past.stop();
    wasLive = isLive();
    const { about } = store.parts;
    if (!about || !shown || data.metrics.length === 0) return;
    const own = shown;
    bar.show(rangeOr(own, otherwise()));
    if (isLive()) showLive(about);
    else past.show(about, { site: chosen.site, metrics: metrics(), range: () => rangeOr(own, otherwise()) });
  }

  /** The first charts, if they are still wanted. */
  function begin() {
    if (shown && charts.length === 0 && isLive()) rebuild();
  }

  /** @param {About} about */
  function showLive(about) {
    if (data.devices.length === 0) return;
    const isPart = chosen.site !== '';
    const height = isPart ? 190 : 300;
    const onZoom = (/** @type {number} */ from, /** @type {number} */ to) =>
      router.go(rangeChoices(from, to));
    charts = metrics().map((metric) => new Chart(() => view(metric), { height, onPick: pick, onZoom }));
    const box = byId('fleet-charts');
    box.className = isPart ? 'small-multiples' : '';
    fillEach(box, charts, ({ element }, i) => (isPart ? titled(about, metrics()[i], element) : element));
  }

  /** @type {Choose} */
  function choose({ metric, site, device }) {
    if (device) location.hash = deviceAddress(device);
    else if (metric) router.choose({ metric });
    else if (site !== undefined) location.hash = site === '' ? '#/fleet' : siteAddress(site);
  }

  /** @param {number} index of the device that was clicked */
  function pick(index) {
    choose({ device: data.device(index) });
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
    /** @param {Address} address */
    show(address) {
      shown = address;
      chosen.site = (address.page === 'fleet' && address.names[0]) || '';
      chosen.metric = address.query.get('metric') ?? 'temperature';
      drawnFor = '';
      if (data.metrics.length > 0 && !data.metrics.includes(chosen.metric)) chosen.metric = 'temperature';
      setText(byId('fleet-title'), chosen.site === '' ? 'Fleet' : `Site ${chosen.site}`);
      rebuild();
      this.tick();
    },
    hide() {
      shown = undefined;
      rebuild();
    },
    tick() {
      if (!store.parts.about || !shown) return;
      liveButton.draw(store.parts, chosen.site);
      // It has begun, or ended by itself.
      if (isLive() !== wasLive) rebuild();
      const shape = `${data.devices.length} ${Boolean(store.parts.fleet)}`;
      if (shape !== drawnFor) {
        drawnFor = shape;
        drawControls();
        // In a frame of its own: the lists of thousands of devices fill this one.
        if (charts.length === 0 && isLive()) requestAnimationFrame(begin);
      }
      redraw();
      setText(
        byId('fleet-limits'),
        isLive() ? limits(store.parts, data.devices.length, metrics().map(view)) : '',
      );
      if (byId('fleet-table', HTMLDetailsElement).open)
        drawFleetTable(known(), data, indicesOf(data, chosen));
    },
    /** Draws everything again at the next tick. */
    reset() {
      drawnFor = '';
      if (!isLive() && shown) rebuild();
    },
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
