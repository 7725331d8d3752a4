// The filters above the list of incidents: words, state, severity, site, rule. What is chosen is in the address.
import { button, byId, el, fill, fillEach } from './dom.js';
import { count } from './format.js';

/** @import { IncidentFacet, IncidentPage } from '../page-answers.ts' */
/** @import { Router } from './router.js' */

/** @type {[facet: IncidentFacet, label: string, all: string][]} */
const FACETS = [
  ['state', 'State', 'All states'],
  ['severity', 'Severity', 'All severities'],
  ['site', 'Site', 'All sites'],
  ['rule', 'Rule', 'All rules'],
];
/** A longer list is found faster by typing. */
const MAX_OPTIONS = 500;

/** @param {HTMLFormElement} form @param {Router} router */
export function createFilters(form, router) {
  /** @param {string} name @param {string} value */
  const choose = (name, value) => router.choose({ [name]: value, page: undefined });
  const search = el('input', {
    ...{ type: 'search', id: 'incident-search', 'aria-label': 'Device, site, rule or id' },
    ...{ placeholder: 'Device, site, rule or id', spellcheck: 'false', autocomplete: 'off', maxlength: 200 },
    oninput: ({ currentTarget }) => choose('search', currentTarget.value),
  });
  const selects = FACETS.map(([facet, label]) =>
    el('select', {
      ...{ id: `incident-${facet}`, 'aria-label': label },
      onchange: ({ currentTarget }) => choose(facet, currentTarget.value),
    }),
  );
  const device = el('span', { id: 'incident-device' });
  fill(form, search, selects, device);
  form.addEventListener('submit', (event) => event.preventDefault());

  return {
    /** @param {IncidentPage['facets']} facets @param {Record<string, string>} query @param {boolean} isLive */
    draw(facets, query, isLive) {
      if (document.activeElement !== search) search.value = query.search ?? '';
      FACETS.forEach(([facet, , all], i) => {
        const select = selects[i];
        // An open list must not change under the pointer.
        if (!select || document.activeElement === select) return;
        const chosen = query[facet] ?? '';
        if (facet !== 'state') drawOptions(select, optionsOf(all, facets[facet]), chosen);
        else if (isLive) drawOptions(select, statesHere(facets.state), chosen);
        else drawOptions(select, statesElsewhere(facets.state), chosen || 'open');
      });
      fill(
        byId('incident-device'),
        query.device && [`of ${query.device} `, button('of all devices', () => choose('device', ''))],
      );
    },
  };
}

/** @typedef {{ value: string, count: number }} Value */
/** @typedef {{ value: string, text: string }} Option */

/** @type {(all: string, values: Value[]) => Option[]} */
const optionsOf = (all, values) => [{ value: '', text: all }, ...counted(values)];

/** @param {Value[]} values @returns {Option[]} */
const counted = (values) =>
  values
    .slice(0, MAX_OPTIONS)
    .map((one) => ({ value: one.value, text: `${one.value} (${count(one.count)})` }));

/** @param {Value[]} states */
const openOnes = (states) => states.filter(({ value }) => value !== 'resolved');
/** @param {Value[]} values */
const sum = (values) => values.reduce((total, one) => total + one.count, 0);

/** @param {Value[]} states @returns {Option[]} */
const statesHere = (states) => [
  { value: '', text: 'All states' },
  { value: 'open', text: `open (${count(sum(openOnes(states)))})` },
  ...counted(states),
];

/** Those that are over are in the lake alone. @param {Value[]} states @returns {Option[]} */
const statesElsewhere = (states) => [
  { value: 'open', text: `All open (${count(sum(openOnes(states)))})` },
  ...counted(openOnes(states)),
  { value: 'resolved', text: 'resolved, in the lake' },
];

/** @type {(select: HTMLSelectElement, options: Option[], chosen: string) => void} */
function drawOptions(select, options, chosen) {
  const isKnown = options.some(({ value }) => value === chosen);
  const shown = isKnown ? options : [...options, { value: chosen, text: `${chosen} (0)` }];
  const signature = JSON.stringify([shown, chosen]);
  if (select.dataset.signature === signature) return;
  select.dataset.signature = signature;
  fillEach(select, shown, ({ value, text }) => el('option', { value, selected: value === chosen }, text));
}
