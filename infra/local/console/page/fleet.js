// The fleet over time: one metric for all, or every metric for a site; live, or over a range of time from the lake.
import { deviceAddress, siteAddress } from './address.js';
import { byId, fill, setText } from './dom.js';
import { drawFleetControls } from './fleet-controls.js';
import { createFleetLive } from './fleet-live.js';
import { createFleetRange } from './fleet-range.js';
import { drawFleetTable } from './fleet-table.js';
import { indicesOf, knownParts } from './fleet-view.js';
import { createLiveButton, isReadLive } from './live-readings.js';
import { createRangeBar, rangeChoices, rangeOf, rangeOr } from './time-range.js';

/** @import { Address } from './address.js' */
/** @import { Choose } from './fleet-controls.js' */
/** @import { FleetData } from './fleet-data.js' */
/** @import { Chosen } from './fleet-view.js' */
/** @import { Router } from './router.js' */
/** @import { Store } from './store.js' */

/** What is kept second by second; everything longer comes from the lake. */
const LIVE = '5m';

/** @param {Store} store @param {FleetData} data @param {Router} router */
export function createFleet(store, data, router) {
  /** @type {Chosen} */
  const chosen = { metric: 'temperature', site: '', truth: false };
  const bar = createRangeBar(byId('fleet-range'), router);
  const liveButton = createLiveButton(() => router.go({ last: LIVE, from: undefined, to: undefined }));
  fill(byId('fleet-live'), liveButton.element);
  const box = byId('fleet-charts');
  const onZoom = (/** @type {number} */ from, /** @type {number} */ to) => router.go(rangeChoices(from, to));
  const past = createFleetRange(box, onZoom);
  const live = createFleetLive(box, store, data, chosen, {
    onDevice: (device) => choose({ device }),
    onZoom,
  });
  /** @type {Address | undefined} */
  let shown;
  let drawnFor = '';
  let wasLive = false;

  /** A stack elsewhere has no readings second by second. */
  const otherwise = () => (store.parts.about?.isLive === false ? '1h' : LIVE);
  const isLive = () => {
    if (store.parts.about?.isLive === false && !isReadLive(store.parts, chosen.site)) return false;
    const range = shown && rangeOf(shown.query);
    return range === undefined || range.last === LIVE;
  };
  const metrics = () => (chosen.site === '' ? [chosen.metric] : data.metrics);

  function rebuild() {
    live.stop();
    past.stop();
    wasLive = isLive();
    const { about } = store.parts;
    if (!about || !shown || data.metrics.length === 0) return;
    const own = shown;
    bar.show(rangeOr(own, otherwise()));
    if (isLive()) live.show(about, metrics());
    else past.show(about, { site: chosen.site, metrics: metrics(), range: () => rangeOr(own, otherwise()) });
  }

  /** The first charts, if they are still wanted. */
  function begin() {
    if (shown && live.isEmpty() && isLive()) rebuild();
  }

  /** @type {Choose} */
  function choose({ metric, site, device }) {
    if (device) location.hash = deviceAddress(device);
    else if (metric) router.choose({ metric });
    else if (site !== undefined) location.hash = site === '' ? '#/fleet' : siteAddress(site);
  }

  function drawControls() {
    const { about, fleet } = knownParts(store);
    drawFleetControls(about, data, chosen, Boolean(fleet), choose, (isShown) => {
      chosen.truth = isShown;
      live.redraw();
    });
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
        if (live.isEmpty() && isLive()) requestAnimationFrame(begin);
      }
      live.redraw();
      setText(byId('fleet-limits'), isLive() ? live.limits(metrics()) : '');
      if (byId('fleet-table', HTMLDetailsElement).open)
        drawFleetTable(knownParts(store), data, indicesOf(data, chosen));
    },
    /** Draws everything again at the next tick. */
    reset() {
      drawnFor = '';
      if (!isLive() && shown) rebuild();
    },
  };
}
