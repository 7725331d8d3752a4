// Incidents: firing first; a click shows the readings and the mail behind one.
import { Chart } from './chart.js';
import { byId, el, fill, getJson, openDialog, reconcile, sendJson, setText } from './dom.js';
import { limitsOf, metricOf } from './fleet.js';
import { FleetData } from './fleet-data.js';
import { ago, serverNow, span, when } from './format.js';

const BEFORE_SECONDS = 30;

export function createIncidents(store, data) {
  const list = el('ul', { class: 'incidents' });

  const unit = (metric) => metricOf(store.parts.about, metric).unit;

  function create(incident) {
    return el(
      'li',
      {},
      el('button', { type: 'button', class: 'incident', onclick: () => open(store, data, incident.id) }),
    );
  }

  function update(item, incident) {
    const { state, severity, device_id, site_id, rule, metric, peak, limit, started_at, resolved_at } =
      incident;
    const signature = JSON.stringify(incident);
    if (item.dataset.signature === signature) return;
    item.dataset.signature = signature;
    item.firstChild.dataset.state = state;
    fill(
      item.firstChild,
      el(
        'span',
        { class: 'row' },
        el('strong', {}, device_id),
        el('span', { class: `badge ${state}` }, state, severity && state !== 'pending' && ` · ${severity}`),
      ),
      el('span', { class: 'row muted' }, el('span', {}, rule), el('span', {}, site_id)),
      el(
        'span',
        { class: 'row' },
        el(
          'span',
          {},
          peak === undefined ? 'not enough breaches yet' : `peak ${peak.toFixed(1)} ${unit(metric)}`,
          limit && el('span', { class: 'muted' }, `, limit ${limit} ${unit(metric)}`),
        ),
        el(
          'span',
          { class: 'muted' },
          resolved_at ? `after ${span(Date.parse(resolved_at) - Date.parse(started_at))}` : ago(started_at),
        ),
      ),
    );
  }

  store.on(['incidents', 'about'], ({ incidents }) => {
    const counts = { firing: 0, recovering: 0, pending: 0, resolved: 0 };
    for (const { state } of incidents) counts[state] += 1;
    setText(
      byId('incidents-note'),
      Object.entries(counts)
        .filter(([, n]) => n > 0)
        .map(([state, n]) => `${n} ${state}`)
        .join(', '),
    );
    const box = byId('incident-list');
    if (incidents.length === 0) {
      fill(
        box,
        el(
          'p',
          { class: 'empty' },
          'Nothing has gone wrong so far. To see an alert, inject an anomaly above: it takes a few seconds until the rule has seen enough.',
        ),
      );
      return;
    }
    if (!list.isConnected) fill(box, list);
    reconcile(list, incidents, ({ id }) => id, create, update);
  });
}

/** The dialog of one incident. */
async function open(store, data, id) {
  const { incidents, about, mails } = store.parts;
  const incident = incidents.find((one) => one.id === id);
  if (!incident) return;
  const { unit } = metricOf(about, incident.metric);
  const chartBox = el(
    'div',
    { class: 'dialog-chart' },
    el('p', { class: 'muted' }, 'Looking for its readings …'),
  );
  const mailBox = el('div');
  const steps = el(
    'ol',
    { class: 'timeline' },
    incident.timeline.map(({ status, severity, at, value }) =>
      el(
        'li',
        {},
        when(at),
        ' ',
        el('span', { class: `badge ${status === 'resolved' ? 'resolved' : 'firing'}` }, status),
        ` ${severity}, at ${value.toFixed(1)} ${unit}`,
      ),
    ),
  );
  const rule = about.rules.find(({ name }) => name === incident.rule);
  const dialog = openDialog(
    `${incident.rule} on ${incident.device_id}`,
    el('p', {}, incident.summary ?? `${incident.rule}: ${incident.state}`),
    rule?.annotations?.description && el('p', { class: 'muted' }, rule.annotations.description),
    el('h3', {}, 'Readings'),
    chartBox,
    el('h3', {}, 'Timeline'),
    incident.timeline.length > 0 ? steps : el('p', { class: 'muted' }, 'Not published yet.'),
    el('h3', {}, 'Mail'),
    mailBox,
  );
  let chart;
  dialog.addEventListener('close', () => chart?.destroy(), { once: true });
  chart = await readingsChart(store, data, incident, chartBox).catch((error) => {
    fill(chartBox, el('p', { class: 'error' }, error.message));
  });
  const own = mails.newest.filter(({ incident_id }) => incident_id === incident.id).reverse();
  if (own.length === 0)
    fill(
      mailBox,
      el(
        'p',
        { class: 'muted' },
        'None among the last mails. See ',
        el('a', { href: '/inbox' }, 'the whole inbox'),
        '.',
      ),
    );
  for (const { id: mailId } of own) {
    const mail = await getJson(`/api/mail?id=${encodeURIComponent(mailId)}`);
    mailBox.append(
      el('details', {}, el('summary', {}, mail.subject, ' ', ago(mail.receivedAt)), el('pre', {}, mail.text)),
    );
  }
}

async function readingsChart(store, data, incident, box) {
  if (!incident.metric) throw new Error('It has no readings of its own yet.');
  const start = Math.floor(Date.parse(incident.started_at) / 1000);
  const end = incident.resolved_at
    ? Math.ceil(Date.parse(incident.resolved_at) / 1000)
    : Math.floor(serverNow() / 1000);
  const live = start - BEFORE_SECONDS > Math.floor(serverNow() / 1000) - data.seconds;
  const shown = live ? data : await fromLake(store, incident);
  const device = shown.devices.find(
    ({ device_id, site_id }) => device_id === incident.device_id && site_id === incident.site_id,
  );
  if (!device) throw new Error('Its readings are not in the lake yet: a file is written every few seconds.');
  const { about } = store.parts;
  const { label, unit } = metricOf(about, incident.metric);
  const chart = new Chart(
    () => ({
      data: shown,
      indices: [device.index],
      group: `incident/${incident.id}`,
      marked: [device.index],
      chosen: [],
      truth: [],
      metric: shown.metrics.indexOf(incident.metric),
      name: `${label} of ${incident.device_id}`,
      unit,
      limits: limitsOf(about.rules, incident.metric),
      incidents: [{ from: start, to: end }],
      from: start - BEFORE_SECONDS,
      to: Math.min(end + BEFORE_SECONDS, start + 1200),
    }),
    { height: 220 },
  );
  const source = live
    ? 'as they came over the stream'
    : 'from the lake, by the saved query incident-readings';
  fill(box, chart.element, el('p', { class: 'muted' }, `${label} ${source}.`));
  return chart;
}

/** NULL where a reading left the metric out. */
const numberOrNull = (cell) => (cell === null ? null : Number(cell));

/** Readings that have left the window, as Athena has them. */
async function fromLake(store, incident) {
  const saved = (await getJson('/api/queries')).find(({ name }) => name === 'incident-readings');
  if (!saved) throw new Error('The template has no saved query incident-readings.');
  const { state, reason, columns, rows } = await sendJson('/api/query', {
    sql: saved.sql,
    parameters: [incident.id],
  });
  if (state !== 'SUCCEEDED') throw new Error(reason);
  if (rows.length === 0)
    throw new Error('Its readings are not in the lake yet: a file is written every few seconds.');
  const at = (name) => columns.findIndex((column) => column.name === name);
  const metrics = store.parts.about.metrics.map(({ name }) => name);
  const seconds = rows.map((row) =>
    Math.floor(Date.parse(`${row[at('time')].replace(' UTC', '').replace(' ', 'T')}Z`) / 1000),
  );
  const data = FleetData.of(metrics, Math.max(300, seconds.at(-1) - seconds[0] + 2), incident);
  data.apply({
    devices: [],
    changes: rows.map((row, i) => [0, seconds[i], ...metrics.map((name) => numberOrNull(row[at(name)]))]),
  });
  return data;
}
