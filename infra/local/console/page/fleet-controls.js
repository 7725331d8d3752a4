// Controls of the fleet's charts: metric, site, device, and whether injected anomalies are shown.
import { addressOf } from './address.js';
import { silenceDialog } from './desk.js';
import { button, byId, el, fill, link, select } from './dom.js';
import { byDevice, keyOf } from './fleet-data.js';
import { describeMetric } from './metrics.js';

/** @import { About } from '../page-state.ts' */
/** @import { Device, DeviceName, FleetData } from './fleet-data.js' */
/** @import { Chosen } from './fleet-view.js' */

/** @typedef {(change: { metric?: string, site?: string, device?: DeviceName }) => void} Choose */

/**
 * @param {About} about @param {FleetData} data @param {Chosen} chosen
 * @param {boolean} hasFleet whether a fleet runs here, whose episodes can be shown @param {Choose} choose
 * @param {(isShown: boolean) => void} showTruth
 */
export function drawFleetControls(about, data, chosen, hasFleet, choose, showTruth) {
  const isPart = chosen.site !== '';
  fill(
    byId('fleet-controls'),
    !isPart && metricButtons(about, data, chosen, choose),
    siteSelect(data, chosen, choose),
    deviceSelect(data, chosen, choose),
    isPart && button('Whole fleet', () => choose({ site: '' }), { id: 'everything' }),
    isPart && siteActions(chosen.site),
    hasFleet && truthBox(chosen, showTruth),
  );
}

/** @param {string} site */
const siteActions = (site) => [
  link(addressOf(['incidents'], { site }), 'Its incidents'),
  button('Silence', () => silenceDialog({ site }, () => {}), { id: 'silence-site' }),
];

/** @type {(about: About, data: FleetData, chosen: Chosen, choose: Choose) => HTMLElement} */
const metricButtons = (about, data, chosen, choose) =>
  el(
    'div.segments',
    { role: 'group', 'aria-label': 'Metric' },
    data.metrics.map((metric) =>
      button(describeMetric(about, metric).label, () => choose({ metric }), {
        id: `metric-${metric}`,
        'aria-pressed': String(metric === chosen.metric),
      }),
    ),
  );

/** @type {(site: string) => [string, string]} */
const named = (site) => [site, site];

/** @type {(data: FleetData, chosen: Chosen, choose: Choose) => HTMLElement} */
function siteSelect(data, chosen, choose) {
  const known = data.devices.map(({ site_id }) => site_id);
  // Of many devices not all are kept here, and of a site perhaps none.
  const sites = [...new Set(chosen.site ? [...known, chosen.site] : known)].sort();
  return select('Site', [['', 'All sites'], ...sites.map(named)], {
    ...{ id: 'site', chosen: chosen.site },
    onChosen: (site) => choose({ site }),
  });
}

/** @type {(data: FleetData, chosen: Chosen, choose: Choose) => HTMLElement} */
function deviceSelect(data, chosen, choose) {
  const devices = data.devices
    .filter(({ site_id }) => !chosen.site || site_id === chosen.site)
    .toSorted(byDevice);
  /** @type {Map<string, number>} */
  const sites = new Map();
  for (const { device_id } of devices) sites.set(device_id, (sites.get(device_id) ?? 0) + 1);
  /** @param {Device} device two sites may each have one of the same name */
  const label = ({ device_id, site_id }) =>
    sites.get(device_id) === 1 ? device_id : `${device_id} · ${site_id}`;
  /** @type {(device: Device) => [string, string]} */
  const option = (device) => [keyOf(device), label(device)];
  return select('Device', [['', 'A device …'], ...devices.map(option)], {
    ...{ id: 'device', chosen: '' },
    onChosen: (key) => choose({ device: devices.find((device) => keyOf(device) === key) }),
  });
}

/** @type {(chosen: Chosen, showTruth: (isShown: boolean) => void) => HTMLElement} */
const truthBox = (chosen, showTruth) =>
  el(
    'label.check',
    el('input', {
      type: 'checkbox',
      id: 'truth',
      checked: chosen.truth,
      onchange: ({ currentTarget }) => showTruth(currentTarget.checked),
    }),
    'Injected truth',
  );
