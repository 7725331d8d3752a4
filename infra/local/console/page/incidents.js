// The list of incidents: firing first, found by words and filters, in pages, with counts that are exact at any size.

import { deviceAddress, incidentAddress, ruleAddress, siteAddress } from './address.js';
import { errorElement, getJson } from './api.js';
import { badgeClass, byId, el, fill, link, reconcile, setText } from './dom.js';
import { ago, count, span } from './format.js';
import { createFilters } from './incident-filters.js';
import { addressWith, DAYS, drawLake } from './incident-lake.js';
import { subjectOf, worstOf } from './words.js';

/** @import { About, IncidentCounts, IncidentState, ListedIncident } from '../page-state.ts' */
/** @import { IncidentPage } from '../page-answers.ts' */
/** @import { Address } from './address.js' */
/** @import { Router } from './router.js' */
/** @import { Store } from './store.js' */

/** @type {IncidentState[]} */
const STATES = ['firing', 'recovering', 'pending', 'resolved'];
const PAGE_SIZE = 50;
/** Far behind the last one that there can be. */
const LAST_PAGE = 1_000_000;
/** A longer text is in no name. */
const LONGEST_FILTER = 200;
/** Choices of the address that are filters. */
const FILTERS = ['search', 'state', 'severity', 'site', 'rule', 'device'];

/** @param {Store} store @param {Router} router */
export function createIncidents(store, router) {
  const list = el('ul.incidents');
  const filters = createFilters(byId('incident-filters', HTMLFormElement), router);
  let isShown = false;
  /** What is shown or asked for, with the revision that it is of. */
  let asked = '';
  let isAsking = false;

  async function load() {
    const { about, incidentRevision } = store.parts;
    if (!isShown || isAsking || !about || incidentRevision === undefined) return;
    const query = queryOf(router.now());
    const now = `${incidentRevision} ${new URLSearchParams(query)}`;
    if (now === asked) return;
    isAsking = true;
    asked = now;
    try {
      const page = await getJson('/api/incidents', query);
      draw(list, page, about, Boolean(store.parts.fleet), isFiltered(query));
      filters.draw(page.facets, query, about.isLive);
      drawLake(page, about);
    } catch (error) {
      asked = '';
      fill(byId('incident-list'), errorElement('p', error));
    }
    isAsking = false;
    // What has changed meanwhile; after a failure, what the next second brings.
    if (asked !== '') load();
  }

  store.on(['incidentCounts'], ({ incidentCounts }) =>
    setText(byId('incidents-note'), summary(incidentCounts)),
  );
  store.on(['about', 'incidentRevision'], load);
  // What failed is tried again.
  store.on(['telemetry'], load);
  const view = {
    title: () => 'Incidents',
    show() {
      isShown = true;
      load();
    },
    hide() {
      isShown = false;
    },
  };
  router.add('incidents', view);
  return view;
}

/** @param {Address | undefined} address @returns {Record<string, string>} */
function queryOf(address) {
  const query = address?.query ?? new URLSearchParams();
  const page = Math.min(Math.max(1, Math.trunc(Number(query.get('page'))) || 1), LAST_PAGE);
  /** @type {[string, string][]} */
  const filters = [...FILTERS, ...(DAYS.includes(query.get('days') ?? '') ? ['days'] : [])].flatMap(
    (name) => {
      const value = query.get(name);
      return value ? [[name, value.slice(0, LONGEST_FILTER)]] : [];
    },
  );
  return {
    ...Object.fromEntries(filters),
    offset: `${(page - 1) * PAGE_SIZE}`,
    limit: `${PAGE_SIZE}`,
  };
}

/** @param {Record<string, string>} query */
const isFiltered = (query) => FILTERS.some((name) => name in query);

/** @param {IncidentCounts} counts */
const summary = (counts) =>
  STATES.filter((state) => counts[state] > 0)
    .map((state) => `${count(counts[state])} ${state}`)
    .join(', ');

/** @type {(list: HTMLElement, page: IncidentPage, about: About, hasFleet: boolean, isFiltered: boolean) => void} */
function draw(list, { incidents, matching, offset }, about, hasFleet, filtered) {
  const box = byId('incident-list');
  byId('incident-filters').hidden = matching === 0 && !filtered;
  drawPages(matching, offset, incidents.length);
  if (incidents.length === 0) {
    fill(box, filtered || matching > 0 ? nothingFound() : nothingYet(hasFleet));
    return;
  }
  if (!list.isConnected) fill(box, list);
  reconcile(
    list,
    incidents,
    ({ id }) => id,
    () => el('li.incident'),
    (item, incident) => update(item, incident, about),
  );
}

const nothingFound = () => el('p.empty', 'No incident is here. ', link('#/incidents', 'Show all of them'));

/** @param {boolean} hasFleet */
const nothingYet = (hasFleet) =>
  el(
    'p.empty',
    'Nothing has gone wrong so far. An incident opens when a device does what a rule looks for.',
    hasFleet && [' To see one, ', link('#/demo', 'inject an anomaly'), ': it takes a few seconds.'],
  );

/** @type {(matching: number, offset: number, listed: number) => void} */
function drawPages(matching, offset, listed) {
  const page = offset / PAGE_SIZE + 1;
  const last = Math.max(1, Math.ceil(matching / PAGE_SIZE));
  /** @param {number} number @param {string} text */
  const to = (number, text) =>
    number >= 1 && number <= last && number !== page && link(addressWith({ page: `${number}` }), text);
  fill(
    byId('incident-pages'),
    last > 1 && [
      el('span', `${count(offset + 1)}–${count(offset + listed)} of ${count(matching)}`),
      to(1, 'First'),
      to(page - 1, 'Previous'),
      to(page + 1, 'Next'),
      to(last, 'Last'),
    ],
  );
}

/** @type {(item: HTMLElement, incident: ListedIncident, about: About) => void} */
export function update(item, incident, about) {
  const { id, state, severity, site_id, rule } = incident;
  const signature = JSON.stringify(incident);
  if (item.dataset.signature === signature) return;
  item.dataset.signature = signature;
  item.dataset.state = state;
  item.dataset.severity = severity ?? '';
  const words = worstOf(about, incident).flatMap(([label, text]) => (text ? `${label} ${text}` : []));
  const badge = el(
    'span',
    { class: badgeClass(state, severity) },
    state,
    severity && state !== 'pending' && ` · ${severity}`,
  );
  const by = incident.acknowledged?.by;
  fill(
    item,
    // What is cut off in a row is in its tip.
    el('a.incident-name', { href: incidentAddress(id), title: subjectOf(incident) }, subjectOf(incident)),
    el('span.incident-state', badge),
    el('a.incident-rule', { href: ruleAddress(rule), title: rule }, rule),
    el('a.incident-site', { href: siteAddress(site_id), title: site_id }, site_id),
    el(
      'span.incident-words',
      words.join(', ') || 'not enough breaches yet',
      incident.resolved_at && `, over after ${lengthOf(incident)}`,
      by !== undefined && [' · ', el('bdi', by), ' is on it'],
    ),
    el('span.incident-age.muted', age(incident)),
  );
}

/** @param {ListedIncident} incident */
const lengthOf = ({ started_at, resolved_at = started_at }) =>
  span(Date.parse(resolved_at) - Date.parse(started_at));

/** @param {ListedIncident} incident */
function age({ state, started_at, resolved_at }) {
  if (resolved_at) return ago(resolved_at);
  return state === 'resolved' ? 'ended by hand' : ago(started_at);
}

/** A short list of incidents beside something else. @type {(incidents: ListedIncident[], about: About) => HTMLElement} */
export const incidentList = (incidents, about) =>
  el(
    'ul.incidents',
    incidents.map((incident) => {
      const item = el('li.incident');
      update(item, incident, about);
      return item;
    }),
  );

/** Where a device of an incident is shown; a whole site has its own address. @param {ListedIncident} incident */
export const subjectAddress = (incident) =>
  incident.device_id === '*' ? siteAddress(incident.site_id) : deviceAddress(incident);
