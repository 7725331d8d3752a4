// One incident: what it is, the readings around it, what happened, who was told, and what else is wrong at its site.
import { addressOf, incidentAddress, ruleAddress, siteAddress } from './address.js';
import { errorElement, getJson } from './api.js';
import { acknowledgeDialog, closeIncidentDialog, deedWords, silenceDialog } from './desk.js';
import { createDeviceCharts } from './device-charts.js';
import { badgeClass, byId, el, fields, fill, reconcile } from './dom.js';
import { ago, count, serverNow, span, when } from './format.js';
import { incidentList, subjectAddress } from './incidents.js';
import { rangeChoices, rangeOf, rangeWords } from './time-range.js';
import { measure, subjectOf, worstOf } from './words.js';

/** @import { IncidentDetail, SentMail, ShownSilence } from '../page-answers.ts' */
/** @import { Children } from './dom.js' */
/** @import { About, IncidentStep, ListedIncident, SiteState } from '../page-state.ts' */
/** @import { Router } from './router.js' */
/** @import { Range } from './time-range.js' */
/** @import { Store } from './store.js' */

/** Shown before an incident and after it, in seconds. */
const AROUND = 300;
const LONGEST = 30 * 86_400;

/** @param {Store} store @param {Router} router */
export function createIncidentView(store, router) {
  const parts = createParts();
  const charts = createDeviceCharts((from, to) => router.go(rangeChoices(from, to)));
  let id = '';
  let isShown = false;
  let asked = '';
  let isAsking = false;
  let charted = '';

  async function load() {
    const { about, incidentRevision } = store.parts;
    if (!isShown || isAsking || !about || incidentRevision === undefined) return;
    const now = `${incidentRevision} ${location.hash}`;
    if (now === asked) return;
    isAsking = true;
    asked = now;
    const own = id;
    const detail = await getJson('/api/incident', { id }).catch((error) => ({ error }));
    isAsking = false;
    if (own !== id || !isShown) return void load();
    if ('error' in detail) {
      asked = '';
      drawFailure(parts, detail.error, id);
      return;
    }
    const again = () => {
      asked = '';
      load();
    };
    router.retitle(titleOf(detail.incident));
    draw(parts, detail, about, store.parts.sites ?? [], again);
    drawCharts(about, detail.incident);
    load();
  }

  /** @param {About} about @param {ListedIncident} incident */
  function drawCharts(about, incident) {
    const query = router.now()?.query ?? new URLSearchParams();
    const chosen = rangeOf(query);
    const now = `${incident.id} ${incident.resolved_at} ${query}`;
    if (now === charted) return;
    charted = now;
    fill(
      parts.range,
      chosen && [
        `${rangeWords(chosen)}. `,
        el('a', { href: incidentAddress(incident.id) }, 'The whole incident'),
      ],
    );
    if (incident.device_id === '*') {
      fill(parts.charts, el('p.muted', 'It is about the whole site: none of its devices is heard.'));
      return;
    }
    fill(parts.charts, charts.element);
    charts.show(about, {
      ...{ site: incident.site_id, device: incident.device_id, incidents: [incident], band: incident.band },
      first: incident.metric ?? about.metrics[0]?.name,
      range: () => rangeOf(query) ?? around(incident),
    });
  }

  function forget() {
    charts.stop();
    charted = '';
    asked = '';
    parts.clear();
  }

  store.on(['about', 'incidentRevision'], load);
  // What failed is tried again.
  store.on(['telemetry'], load);
  router.add('incident', {
    title: ({ names: [name = ''] }) => {
      const known = store.parts.incidents?.find((one) => one.id === name);
      return known ? titleOf(known) : `Incident ${name}`;
    },
    show({ names: [name = ''] }) {
      if (name !== id) forget();
      id = name;
      isShown = true;
      load();
    },
    hide() {
      isShown = false;
      forget();
    },
  });
}

/** @param {ListedIncident} incident */
const titleOf = ({ rule, device_id, site_id }) => `${rule} on ${device_id === '*' ? site_id : device_id}`;

/** The time of an incident with some minutes around it; as long as it is open, up to now. @param {ListedIncident} incident @returns {Range} */
function around({ started_at, resolved_at, state }) {
  const start = Math.floor(Date.parse(started_at) / 1000);
  const now = Math.ceil(serverNow() / 1000);
  const end = resolved_at ? Math.ceil(Date.parse(resolved_at) / 1000) : state === 'resolved' ? start : now;
  const to = Math.min(now, end + AROUND);
  const from = Math.max(start - AROUND, to - LONGEST);
  return { from, to, ...(state !== 'resolved' && { last: 'so far' }) };
}

function createParts() {
  const head = el('div');
  const range = el('p.muted');
  const charts = el('div', { id: 'incident-charts' });
  const timelineBox = el('div');
  const mails = el('ul.plain', { id: 'incident-mails' });
  const noMails = el('p.muted');
  const others = el('div.short');
  /** @type {(title: string, ...content: Node[]) => HTMLElement} */
  const card = (title, ...content) => el('section.card', el('div.head', el('h2', title)), content);
  const told = card('Who was told', mails, noMails);
  told.dataset.local = '';
  const rest = el(
    'div',
    card('Readings', range, charts),
    el('div.two', card('What happened', timelineBox), told),
    card('What else fires at the site', others),
  );
  const box = byId('incident');
  return {
    head,
    range,
    charts,
    timeline: timelineBox,
    mails,
    noMails,
    others,
    rest,
    clear() {
      delete head.dataset.signature;
      fill(head, el('section.card', el('p.muted', 'Looking for it …')));
      for (const part of [range, charts, timelineBox, mails, noMails, others]) fill(part);
      rest.hidden = true;
      if (!head.isConnected) fill(box, head, rest);
    },
  };
}

/** @typedef {ReturnType<typeof createParts>} Parts */

/** @type {(parts: Parts, error: unknown, id: string) => void} */
function drawFailure({ head, rest }, error, id) {
  rest.hidden = true;
  fill(
    head,
    el(
      'section.card',
      el('h2', `Incident ${id}`),
      errorElement('p', error),
      el(
        'p',
        'The lake may still have it: ',
        el(
          'a',
          { href: addressOf(['queries', 'incident-readings'], { INCIDENT_ID: id }) },
          'ask for its readings',
        ),
        ' or see the ',
        el('a', { href: '#/incidents' }, 'incidents that are kept'),
        '.',
      ),
    ),
  );
}

/** @type {(parts: Parts, detail: IncidentDetail, about: About, sites: SiteState[], onDone: () => void) => void} */
function draw(parts, { incident, atSite, atSiteTotal, mails, silences = [] }, about, sites, onDone) {
  parts.rest.hidden = false;
  const signature = JSON.stringify([incident, silences]);
  // A button that has the focus stays.
  if (signature !== parts.head.dataset.signature)
    fill(parts.head, headOf(incident, silences, about, sites, onDone));
  parts.head.dataset.signature = signature;
  fill(
    parts.timeline,
    timeline(incident, (value) => measure(about, incident, value)),
  );
  reconcile(parts.mails, mails, ({ id }) => id, mailItem);
  fill(parts.noMails, mails.length === 0 && noMail());
  fill(
    parts.others,
    atSite.length === 0
      ? el('p.muted', `Nothing else at ${incident.site_id}.`)
      : [incidentList(atSite, about), moreAtSite(incident.site_id, atSite.length, atSiteTotal)],
  );
}

/** @type {(site: string, shown: number, total: number) => HTMLElement | false} */
const moreAtSite = (site, shown, total) =>
  total > shown &&
  el(
    'p',
    el(
      'a',
      { href: addressOf(['incidents'], { state: 'open', site }) },
      `All ${count(total + 1)} at ${site}`,
    ),
  );

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
    acknowledged && el('p.notice', `Acknowledged by ${deedWords(acknowledged)}, `, ago(acknowledged.at)),
    close_requested &&
      el('p.notice', `To be closed, by ${deedWords(close_requested)}, `, ago(close_requested.at)),
    closed_by !== undefined && el('p.notice', `Closed by ${deedWords({ by: closed_by, comment })}`),
    silences.map(({ author, comment: why, ends_at }) =>
      el(
        'p.notice',
        el('a', { href: '#/silences' }, 'Silenced'),
        ` by ${deedWords({ by: author, comment: why })}`,
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
        isOpen &&
          el('button', { type: 'button', onclick: () => closeIncidentDialog(incident, onDone) }, 'Close'),
        el(
          'button',
          { type: 'button', onclick: () => silenceDialog({ site, rule, ...(device && { device }) }, onDone) },
          'Silence',
        ),
      ),
  ];
}

/** @type {(incident: ListedIncident, silences: ShownSilence[], about: About, sites: SiteState[], onDone: () => void) => HTMLElement} */
function headOf(incident, silences, about, sites, onDone) {
  const { state, severity, summary, rule } = incident;
  const { annotations } = about.rules.find(({ name }) => name === rule) ?? {};
  const { description, runbookUrl } = annotations ?? {};
  return el(
    'section.card',
    el('p.crumbs', el('a', { href: '#/incidents' }, 'Incidents'), '/'),
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
      state !== 'pending' && el('a', { href: queryAddress(incident.id) }, 'Its readings as a query'),
      el('a', { href: ruleAddress(rule) }, 'The rule'),
      el('a', { href: subjectAddress(incident) }, subjectOf(incident)),
    ),
  );
}

/** @param {string} id */
const queryAddress = (id) => addressOf(['queries', 'incident-readings'], { INCIDENT_ID: id });

/** @type {(about: About, incident: ListedIncident, sites: SiteState[]) => HTMLElement} */
function facts(about, incident, sites) {
  const { id, state, site_id, started_at, resolved_at } = incident;
  const startedMs = Date.parse(started_at);
  const endMs = resolved_at ? Date.parse(resolved_at) : state === 'resolved' ? undefined : serverNow();
  const duration = endMs === undefined ? 'ended by hand, so its end is not known' : span(endMs - startedMs);
  const gateway = sites.find(({ site }) => site === site_id);
  /** @type {[string, string | Node | undefined][]} */
  const list = [
    ['Device', el('a', { href: subjectAddress(incident) }, subjectOf(incident))],
    ['Site', el('a', { href: siteAddress(site_id) }, site_id)],
    ['Started', when(started_at)],
    ['Duration', state === 'resolved' ? duration : `${duration} so far`],
    ...worstOf(about, incident).map(([label, text]) => fact(label, text)),
    [
      'Gateway',
      gateway && gateway.waiting > 0 ? `${count(gateway.waiting)} readings wait on its disk` : undefined,
    ],
    // A pending one has no id yet.
    ['Incident', state === 'pending' ? undefined : el('code', id)],
  ];
  const shown = list.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const element = fields(/** @type {[string, string | Node][]} */ (shown));
  element.classList.add('wide-facts');
  return element;
}

/** @type {(label: string, text: string) => [string, string | undefined]} */
const fact = (label, text) => [`${label.charAt(0).toUpperCase()}${label.slice(1)}`, text || undefined];

/** Its alerts and what people did, in order. @type {(incident: ListedIncident, said: (value: number) => string) => HTMLElement} */
function timeline({ timeline: steps, acknowledged, close_requested }, said) {
  const entries = [
    ...steps.map((step) => ({ at: step.at, item: stepItem(step, said) })),
    ...(acknowledged ? [{ at: acknowledged.at, item: deedItem('acknowledged', acknowledged) }] : []),
    ...(close_requested
      ? [{ at: close_requested.at, item: deedItem('close requested', close_requested) }]
      : []),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (entries.length === 0) return el('p.muted', 'No alert of it is among those that are kept.');
  return el(
    'ol.timeline',
    entries.map(({ item }) => item),
  );
}

/** @type {(step: IncidentStep, said: (value: number) => string) => HTMLElement} */
const stepItem = ({ status, severity, at, value, silenced_by }, said) =>
  el(
    'li',
    when(at),
    ' ',
    el('span', { class: badgeClass(status === 'resolved' ? status : 'firing', severity) }, status),
    ` ${severity}, ${said(value)}`,
    silenced_by !== undefined && [
      ' · told nobody: ',
      el('a', { href: '#/silences' }, `silence ${silenced_by}`),
    ],
  );

/** @type {(what: string, deed: { by: string, at: string, comment?: string | undefined }) => HTMLElement} */
const deedItem = (what, deed) =>
  el('li', when(deed.at), ' ', el('span.badge', what), ` by ${deedWords(deed)}`);

const noMail = () => [
  'None of the newest mails names it. See ',
  el('a', { href: '/inbox' }, 'the whole inbox'),
  '.',
];

/** @param {SentMail} mail */
function mailItem({ id, subject, to, receivedAt }) {
  const box = el('div');
  const summary = el('summary', subject, el('span.muted', `, to ${to.join(' and ')}, `, ago(receivedAt)));
  let isAsked = false;
  /** @param {HTMLDetailsElement} details */
  async function open(details) {
    if (!details.open || isAsked) return;
    isAsked = true;
    const mail = await getJson('/api/mail', { id }).catch((error) => ({ error }));
    isAsked = !('error' in mail);
    fill(box, 'error' in mail ? errorElement('p', mail.error) : el('pre', mail.text));
  }
  return el('li', el('details', { ontoggle: ({ currentTarget }) => open(currentTarget) }, summary, box));
}
