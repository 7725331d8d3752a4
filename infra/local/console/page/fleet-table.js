// The last reading of each device, as a table.
import { byId, el, fill, table } from './dom.js';
import { byDevice, keyOf } from './fleet-data.js';
import { ago, count, measured } from './format.js';
import { describeMetric } from './metrics.js';

/** @import { About, ListedIncident, PageState } from '../page-state.ts' */
/** @import { FleetData } from './fleet-data.js' */

const MAX_ROWS = 200;

/**
 * @param {{ about: About, incidents?: ListedIncident[], counts?: PageState['counts'] }} parts @param {FleetData} data
 * @param {number[]} indices of the devices to list
 */
export function drawFleetTable({ about, incidents = [], counts }, data, indices) {
  const firing = new Set(incidents.filter(({ state }) => state === 'firing').map(keyOf));
  const rows = indices
    .flatMap((index) => {
      const device = data.device(index);
      const latest = data.latest(index);
      return latest ? [{ ...device, ...latest, isFiring: firing.has(keyOf(device)) }] : [];
    })
    .sort((a, b) => Number(b.isFiring) - Number(a.isFiring) || byDevice(a, b))
    .slice(0, MAX_ROWS)
    .map(({ device_id, site_id, second, values, isFiring }) =>
      el(
        'tr',
        el('th', { scope: 'row' }, device_id, isFiring && el('span.badge.firing', 'firing')),
        el('td', site_id),
        values.map((value, m) => {
          const { unit } = describeMetric(about, data.metrics[m]);
          return el('td.number', Number.isNaN(value) ? '–' : `${measured(value)} ${unit}`);
        }),
        el('td', ago(new Date(second * 1000).toISOString())),
      ),
    );
  // Of the whole fleet, some may not be kept.
  const total = indices.length === data.devices.length ? (counts?.devices ?? 0) : indices.length;
  const head = [
    'Device',
    'Site',
    ...data.metrics.map((metric) => ({ text: describeMetric(about, metric).label, number: true })),
    'Last reading',
  ];
  const box = byId('fleet-rows');
  const scrolled = box.firstElementChild?.scrollTop ?? 0;
  const scroll = table('Last reading of each device', head, rows);
  fill(
    box,
    scroll,
    indices.length > MAX_ROWS && el('p.muted', `${MAX_ROWS} of ${count(total)} devices shown`),
  );
  scroll.scrollTop = scrolled;
}
