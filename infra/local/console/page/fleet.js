// The fleet over time: one metric for all, or all four for a site or a device.
import { Chart } from './chart.js';
import { byId, el, fill, table } from './dom.js';
import { ago, plural, serverNow } from './format.js';

/** What the server says of a metric: `{ name, label, unit }`. */
export const metricOf = (about, metric) =>
  about.metrics.find(({ name }) => name === metric) ?? { name: metric, label: metric, unit: '' };
const SHORTEST = 30;
/** Names of devices are their site's own. */
const keyOf = ({ device_id, site_id }) => `${site_id}/${device_id}`;
const byDevice = (a, b) => a.device_id.localeCompare(b.device_id, 'en', { numeric: true });
const MAX_ROWS = 200;

export function createFleet(store, data) {
  const chosen = { metric: 'temperature', site: '', device: '', truth: false };
  let charts = [];
  const views = new Map();

  const indicesNow = () =>
    data.devices
      .filter(({ device_id, site_id }) =>
        chosen.device
          ? keyOf({ device_id, site_id }) === chosen.device
          : !chosen.site || site_id === chosen.site,
      )
      .map(({ index }) => index);

  /** What a chart of this metric shows now; worked out once a tick. */
  function viewOf(metric) {
    const known = views.get(metric);
    if (known) return known;
    const { about, incidents = [], fleet } = store.parts;
    const to = Math.floor(serverNow() / 1000);
    const from = Math.max(to - data.seconds + 2, Math.min(data.oldest, to - SHORTEST));
    const indices = indicesNow();
    const isIn = new Set(indices.map((index) => keyOf(data.devices[index])));
    const concerns = incidents.filter((one) => isIn.has(keyOf(one)) && one.metric === metric);
    const open = new Set(concerns.filter(({ state }) => state !== 'resolved').map(keyOf));
    const seconds = (iso) => (iso ? Date.parse(iso) / 1000 : to);
    const { label, unit } = metricOf(about, metric);
    const view = {
      data,
      from,
      to,
      indices,
      group: `${chosen.site}/${chosen.device}/${indices.length}`,
      metric: data.metrics.indexOf(metric),
      name: label,
      unit,
      marked: indices.filter((index) => open.has(keyOf(data.devices[index]))),
      chosen: chosen.device ? indices : [],
      limits: limitsOf(about.rules, metric),
      incidents: concerns.map((one) => ({ from: seconds(one.started_at), to: seconds(one.resolved_at) })),
      truth: chosen.truth
        ? (fleet?.episodes ?? [])
            .filter((one) => isIn.has(keyOf(one)) && (one.metric === metric || one.metric === null))
            .map((one) => ({
              from: seconds(one.start),
              to: seconds(one.end),
              label: `${one.kind} ${one.device_id}`,
            }))
            .filter((one) => one.to >= from)
        : [],
    };
    views.set(metric, view);
    return view;
  }

  function rebuild() {
    for (const chart of charts) chart.destroy();
    const several = chosen.site !== '' || chosen.device !== '';
    const metrics = several ? data.metrics : [chosen.metric];
    charts = metrics.map(
      (metric) => new Chart(() => viewOf(metric), { height: several ? 190 : 300, onPick: pick }),
    );
    const box = byId('fleet-charts');
    box.className = several ? 'small-multiples' : '';
    fill(
      box,
      charts.map((chart, i) => {
        if (!several) return chart.element;
        const { label, unit } = metricOf(store.parts.about, metrics[i]);
        return el('div', {}, el('h3', {}, `${label} `, el('small', {}, unit)), chart.element);
      }),
    );
    views.clear();
  }

  function pick(index) {
    chosen.device = keyOf(data.devices[index]);
    drawControls();
    rebuild();
  }

  function drawControls() {
    const choose = (change) => {
      Object.assign(chosen, change);
      drawControls();
      rebuild();
    };
    const sites = [...new Set(data.devices.map(({ site_id }) => site_id))].sort();
    const devices = data.devices
      .filter(({ site_id }) => !chosen.site || site_id === chosen.site)
      .toSorted(byDevice);
    const names = new Map();
    for (const { device_id } of devices) names.set(device_id, (names.get(device_id) ?? 0) + 1);
    /** Two sites may each have a device of the same name. */
    const label = ({ device_id, site_id }) =>
      names.get(device_id) > 1 ? `${device_id} · ${site_id}` : device_id;
    const option = (value, text, current) => el('option', { value, selected: value === current }, text);
    const several = chosen.site !== '' || chosen.device !== '';
    const focused = document.activeElement?.id;
    fill(
      byId('fleet-controls'),
      !several &&
        el(
          'div',
          { class: 'segments', role: 'group', 'aria-label': 'Metric' },
          data.metrics.map((metric) =>
            el(
              'button',
              {
                type: 'button',
                id: `metric-${metric}`,
                'aria-pressed': String(metric === chosen.metric),
                onclick: () => choose({ metric }),
              },
              metricOf(store.parts.about, metric).label,
            ),
          ),
        ),
      el(
        'select',
        {
          id: 'site',
          'aria-label': 'Site',
          onchange: (event) => choose({ site: event.target.value, device: '' }),
        },
        option('', 'All sites', chosen.site),
        sites.map((site) => option(site, site, chosen.site)),
      ),
      el(
        'select',
        { id: 'device', 'aria-label': 'Device', onchange: (event) => choose({ device: event.target.value }) },
        option('', 'All devices', chosen.device),
        devices.map((device) => option(keyOf(device), label(device), chosen.device)),
      ),
      several &&
        el(
          'button',
          { type: 'button', id: 'everything', onclick: () => choose({ site: '', device: '' }) },
          'Whole fleet',
        ),
      store.parts.fleet &&
        el(
          'label',
          { class: 'check' },
          el('input', {
            type: 'checkbox',
            id: 'truth',
            checked: chosen.truth,
            onchange: (event) => {
              chosen.truth = event.target.checked;
              redraw();
            },
          }),
          'Injected truth',
        ),
    );
    if (focused) byId(focused)?.focus();
  }

  function redraw() {
    views.clear();
    for (const chart of charts) chart.redraw();
  }

  let known = '';
  return {
    /** Draws what came since the last time. */
    tick() {
      if (!store.parts.about) return;
      const shape = `${data.devices.length} ${Boolean(store.parts.fleet)}`;
      if (shape !== known) {
        known = shape;
        drawControls();
        if (charts.length === 0 && data.devices.length > 0) rebuild();
      }
      redraw();
      if (byId('fleet-table').open) drawTable(store, data, indicesNow());
    },
    reset() {
      known = '';
    },
  };
}

/** Lines to draw: the threshold of each step of each rule's ladder. */
export function limitsOf(rules, metric) {
  return rules
    .filter((rule) => rule.metric === metric)
    .flatMap((rule) =>
      rule.severity.flatMap(({ severity, threshold = rule.threshold }) => {
        const values = typeof threshold === 'number' ? [threshold] : [threshold.min, threshold.max];
        return values.map((value) => ({ value, severity, label: `${severity} ${value}` }));
      }),
    );
}

function drawTable(store, data, indices) {
  const { about, incidents } = store.parts;
  const troubled = new Set(incidents.filter(({ state }) => state === 'firing').map(keyOf));
  const rows = indices
    .map((index) => ({ ...data.devices[index], ...data.latest(index) }))
    .filter(({ values }) => values)
    .sort((a, b) => troubled.has(keyOf(b)) - troubled.has(keyOf(a)) || byDevice(a, b))
    .slice(0, MAX_ROWS)
    .map(({ device_id, site_id, second, values }) =>
      el(
        'tr',
        {},
        el(
          'th',
          { scope: 'row' },
          device_id,
          troubled.has(keyOf({ device_id, site_id })) && el('span', { class: 'badge firing' }, 'firing'),
        ),
        el('td', {}, site_id),
        values.map((value, m) =>
          el(
            'td',
            { class: 'number' },
            Number.isNaN(value) ? '–' : `${value.toFixed(1)} ${about.metrics[m].unit}`,
          ),
        ),
        el('td', {}, ago(new Date(second * 1000).toISOString())),
      ),
    );
  const head = [
    'Device',
    'Site',
    ...data.metrics.map((metric) => ({ text: metricOf(about, metric).label, number: true })),
    'Last reading',
  ];
  const box = byId('fleet-table').lastElementChild;
  const scrolled = box.querySelector('.scroll')?.scrollTop ?? 0;
  fill(
    box,
    table('Last reading of each device', head, rows),
    indices.length > MAX_ROWS &&
      el('p', { class: 'muted' }, `${plural(indices.length, 'device')}, ${MAX_ROWS} shown`),
  );
  box.querySelector('.scroll').scrollTop = scrolled;
}
