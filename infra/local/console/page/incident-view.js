// One incident: what it is, the readings around it, what happened, who was told, and what else is wrong at its site.
import { addressOf, incidentAddress } from './address.js';
import { errorElement, getJson } from './api.js';
import { createDeviceCharts } from './device-charts.js';
import { byId, card, el, fill, link } from './dom.js';
import { count, serverNow } from './format.js';
import { headOf, titleOf } from './incident-head.js';
import { timeline } from './incident-timeline.js';
import { createTold } from './incident-told.js';
import { incidentList } from './incidents.js';
import { rangeChoices, rangeOf, rangeWords } from './time-range.js';
import { measure } from './words.js';

/** @import { IncidentDetail } from '../page-answers.ts' */
/** @import { About, ListedIncident, SiteState } from '../page-state.ts' */
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
      chosen && [`${rangeWords(chosen)}. `, link(incidentAddress(incident.id), 'The whole incident')],
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
  const told = createTold();
  const others = el('div.short');
  const rest = el(
    'div',
    card('Readings', range, charts),
    el('div.two', card('What happened', timelineBox), card('Who was told', ...told.elements)),
    card('What else fires at the site', others),
  );
  const box = byId('incident');
  return {
    head,
    range,
    charts,
    timeline: timelineBox,
    told,
    others,
    rest,
    clear() {
      delete head.dataset.signature;
      fill(head, el('section.card', el('p.muted', 'Looking for it …')));
      for (const part of [range, charts, timelineBox, others]) fill(part);
      told.stop();
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
        link(addressOf(['queries', 'incident-readings'], { INCIDENT_ID: id }), 'ask for its readings'),
        ' or see the ',
        link('#/incidents', 'incidents that are kept'),
        '.',
      ),
    ),
  );
}

/** @type {(parts: Parts, detail: IncidentDetail, about: About, sites: SiteState[], onDone: () => void) => void} */
function draw(parts, { incident, atSite, atSiteTotal, silences = [] }, about, sites, onDone) {
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
  parts.told.show(incident);
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
  el('p', link(addressOf(['incidents'], { state: 'open', site }), `All ${count(total + 1)} at ${site}`));
