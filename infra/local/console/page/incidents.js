// Incidents: firing first; a click shows the readings and the mails behind one.
import { badgeClass, byId, el, fill, reconcile, setText } from './dom.js';
import { ago, count, span } from './format.js';
import { openIncident } from './incident-dialog.js';
import { subjectOf, worstOf } from './words.js';

/** @import { About, IncidentCounts, IncidentState, ListedIncident } from '../page-state.ts' */
/** @import { FleetData } from './fleet-data.js' */
/** @import { Store } from './store.js' */

/** @type {IncidentState[]} */
const STATES = ['firing', 'recovering', 'pending', 'resolved'];

/** @param {Store} store @param {FleetData} data */
export function createIncidents(store, data) {
  const list = el('ul.incidents');
  store.on(
    ['incidents', 'incidentCounts', 'about', 'fleet'],
    ({ incidents, incidentCounts, about, fleet }) => {
      setText(byId('incidents-note'), summary(incidentCounts, incidents.length));
      const box = byId('incident-list');
      if (incidents.length === 0) {
        fill(
          box,
          el(
            'p.empty',
            'Nothing has gone wrong so far. An incident opens when a device does what a rule looks for.',
            fleet && ' To see one, inject an anomaly above: it takes a few seconds.',
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
    },
  );
}

/** @param {IncidentCounts} counts @param {number} listed */
function summary(counts, listed) {
  const total = STATES.reduce((sum, state) => sum + counts[state], 0);
  const states = STATES.filter((state) => counts[state] > 0).map(
    (state) => `${count(counts[state])} ${state}`,
  );
  return `${states.join(', ')}${total > listed ? `; ${count(listed)} of ${count(total)} shown` : ''}`;
}

/** @type {(item: HTMLElement, incident: ListedIncident, about: About) => void} */
function update(item, incident, about) {
  const { state, severity, site_id, rule } = incident;
  const signature = JSON.stringify(incident);
  const [button] = item.getElementsByTagName('button');
  if (!button || item.dataset.signature === signature) return;
  item.dataset.signature = signature;
  button.dataset.state = state;
  button.dataset.severity = severity ?? '';
  const words = worstOf(about, incident).flatMap(([label, text]) => (text ? `${label} ${text}` : []));
  fill(
    button,
    el(
      'span.row',
      el('strong', subjectOf(incident)),
      el(
        'span',
        { class: badgeClass(state, severity) },
        state,
        severity && state !== 'pending' && ` · ${severity}`,
      ),
    ),
    el('span.row.muted', el('span', rule), el('span', site_id)),
    el(
      'span.row',
      el('span', words.join(', ') || 'not enough breaches yet'),
      el('span.muted', age(incident)),
    ),
  );
}

/** @param {ListedIncident} incident */
function age({ state, started_at, resolved_at }) {
  if (resolved_at) return `after ${span(Date.parse(resolved_at) - Date.parse(started_at))}`;
  return state === 'resolved' ? 'ended by hand' : ago(started_at);
}
