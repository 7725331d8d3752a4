// Incidents: firing first; a click shows the readings and the mails behind one.
import { byId, el, fill, reconcile, setText } from './dom.js';
import { ago, span } from './format.js';
import { openIncident } from './incident-dialog.js';
import { describeMetric } from './metrics.js';

/** @import { About, IncidentState, ListedIncident } from '../page-state.ts' */
/** @import { FleetData } from './fleet-data.js' */
/** @import { Store } from './store.js' */

/** @type {IncidentState[]} */
const STATES = ['firing', 'recovering', 'pending', 'resolved'];

/** @param {Store} store @param {FleetData} data */
export function createIncidents(store, data) {
  const list = el('ul.incidents');
  store.on(['incidents', 'about'], ({ incidents, about }) => {
    setText(byId('incidents-note'), summary(incidents));
    const box = byId('incident-list');
    if (incidents.length === 0) {
      fill(
        box,
        el(
          'p.empty',
          'Nothing has gone wrong so far. To see an alert, inject an anomaly above: it takes a few seconds until the rule has seen enough.',
        ),
      );
      return;
    }
    if (!list.isConnected) fill(box, list);
    reconcile(
      list,
      incidents,
      ({ id }) => id,
      ({ id }) => {
        const onclick = () => openIncident(store.parts, data, id);
        return el('li', el('button.incident', { type: 'button', onclick }));
      },
      (item, incident) => update(item, incident, about),
    );
  });
}

/** @param {ListedIncident[]} incidents */
const summary = (incidents) =>
  STATES.map((state) => ({ state, n: incidents.filter((one) => one.state === state).length }))
    .filter(({ n }) => n > 0)
    .map(({ state, n }) => `${n} ${state}`)
    .join(', ');

/** @type {(item: HTMLElement, incident: ListedIncident, about: About) => void} */
function update(item, incident, about) {
  const { state, severity, device_id, site_id, rule, metric, peak, limit } = incident;
  const signature = JSON.stringify(incident);
  const [button] = item.getElementsByTagName('button');
  if (!button || item.dataset.signature === signature) return;
  item.dataset.signature = signature;
  button.dataset.state = state;
  const { unit } = describeMetric(about, metric);
  fill(
    button,
    el(
      'span.row',
      el('strong', device_id),
      el(`span.badge.${state}`, state, severity && state !== 'pending' && ` · ${severity}`),
    ),
    el('span.row.muted', el('span', rule), el('span', site_id)),
    el(
      'span.row',
      el(
        'span',
        peak === undefined ? 'not enough breaches yet' : `peak ${peak.toFixed(1)} ${unit}`,
        limit && el('span.muted', `, threshold ${limit} ${unit}`),
      ),
      el('span.muted', age(incident)),
    ),
  );
}

/** @param {ListedIncident} incident */
const age = ({ started_at, resolved_at }) =>
  resolved_at ? `after ${span(Date.parse(resolved_at) - Date.parse(started_at))}` : ago(started_at);
