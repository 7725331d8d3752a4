// The head of an incident's page: what it is, what people have done about it, and the buttons to do more.
import { addressOf, ruleAddress, siteAddress } from './address.js';
import { acknowledgeDialog, closeIncidentDialog, deedWords, silenceDialog } from './desk.js';
import { badgeClass, button, el, fields, link, WIDE_FIELDS } from './dom.js';
import { ago, count, soFar, span, when } from './format.js';
import { subjectAddress } from './incidents.js';
import { subjectOf, worstOf } from './words.js';

/** @import { ShownSilence } from '../page-answers.ts' */
/** @import { About, ListedIncident, SiteState } from '../page-state.ts' */
/** @import { Children } from './dom.js' */

/** @param {ListedIncident} incident */
export const titleOf = ({ rule, device_id, site_id }) =>
  `${rule} on ${device_id === '*' ? site_id : device_id}`;

/** What people have done about it, and the buttons to do more. @type {(incident: ListedIncident, silences: ShownSilence[], onDone: () => void) => Children[]} */
function desk(incident, silences, onDone) {
  const {
    state,
    site_id: site,
    device_id,
    rule,
    acknowledged,
    close_requested,
    closed_by,
    comment,
  } = incident;
  const device = device_id === '*' ? undefined : device_id;
  const isOpen = state === 'firing' || state === 'recovering';
  return [
    acknowledged && el('p.notice', 'Acknowledged by ', deedWords(acknowledged), ', ', ago(acknowledged.at)),
    close_requested &&
      el('p.notice', 'To be closed, by ', deedWords(close_requested), ', ', ago(close_requested.at)),
    closed_by !== undefined && el('p.notice', 'Closed by ', deedWords({ by: closed_by, comment })),
    silences.map(({ author, comment: why, ends_at }) =>
      el(
        'p.notice',
        link('#/silences', 'Silenced'),
        ' by ',
        deedWords({ by: author, comment: why }),
        ends_at && [', until ', when(ends_at)],
      ),
    ),
    state !== 'resolved' &&
      el(
        'div.actions',
        isOpen &&
          el(
            'button',
            {
              ...{ type: 'button', class: !acknowledged && 'primary' },
              onclick: () => acknowledgeDialog(incident, onDone),
            },
            acknowledged ? 'Acknowledge as well' : 'Acknowledge',
          ),
        isOpen && button('Close', () => closeIncidentDialog(incident, onDone)),
        button('Silence', () => silenceDialog({ site, rule, ...(device && { device }) }, onDone)),
      ),
  ];
}

/** @type {(incident: ListedIncident, silences: ShownSilence[], about: About, sites: SiteState[], onDone: () => void) => HTMLElement} */
export function headOf(incident, silences, about, sites, onDone) {
  const { state, severity, summary, rule } = incident;
  const { annotations } = about.rules.find(({ name }) => name === rule) ?? {};
  const { description, runbookUrl } = annotations ?? {};
  return el(
    'section.card',
    el('p.crumbs', link('#/incidents', 'Incidents'), '/'),
    el(
      'div.title',
      el('h2', titleOf(incident)),
      el('span', { class: badgeClass(state, severity) }, severity ? `${state} · ${severity}` : state),
    ),
    desk(incident, silences, onDone),
    el('p', summary ?? `${rule}: ${state}`),
    description && el('p.muted', description),
    facts(about, incident, sites),
    el(
      'p.crumbs',
      runbookUrl && el('a', { href: runbookUrl, rel: 'noopener noreferrer' }, 'Runbook'),
      state !== 'pending' && link(queryAddress(incident.id), 'Its readings as a query'),
      link(ruleAddress(rule), 'The rule'),
      link(subjectAddress(incident), subjectOf(incident)),
    ),
  );
}

/** @param {string} id */
const queryAddress = (id) => addressOf(['queries', 'incident-readings'], { INCIDENT_ID: id });

/** @type {(about: About, incident: ListedIncident, sites: SiteState[]) => HTMLElement} */
function facts(about, incident, sites) {
  const { id, state, site_id, started_at, resolved_at } = incident;
  const duration = resolved_at
    ? span(Date.parse(resolved_at) - Date.parse(started_at))
    : 'ended by hand, so its end is not known';
  const gateway = sites.find(({ site }) => site === site_id);
  return fields(
    [
      ['Device', link(subjectAddress(incident), subjectOf(incident))],
      ['Site', link(siteAddress(site_id), site_id)],
      ['Started', when(started_at)],
      ['Duration', state === 'resolved' ? duration : soFar(started_at)],
      ...worstOf(about, incident).map(([label, text]) => fact(label, text)),
      [
        'Gateway',
        gateway && gateway.waiting > 0 ? `${count(gateway.waiting)} readings wait on its disk` : undefined,
      ],
      // A pending one has no id yet.
      ['Incident', state === 'pending' ? undefined : el('code', id)],
    ],
    WIDE_FIELDS,
  );
}

/** @type {(label: string, text: string) => [string, string | undefined]} */
const fact = (label, text) => [`${label.charAt(0).toUpperCase()}${label.slice(1)}`, text || undefined];
