// The filters above the list of incidents: words, state, severity, site, rule. What is chosen is in the address.
import { byId, el, fill } from './dom.js';
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
    ...{ placeholder: 'Device, site, rule or id', spellcheck: 'false', autocomplete: 'off' },
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
    /** @param {IncidentPage['facets']} facets @param {Record<string, string>} query */
    draw(facets, query) {
      if (document.activeElement !== search) search.value = query.search ?? '';
      FACETS.forEach(([facet, , all], i) => {
        const select = selects[i];
        // An open list must not change under the pointer.
        if (!select || document.activeElement === select) return;
        drawOptions(select, all, facets[facet], facet === 'state', query[facet] ?? '');
      });
      fill(
        byId('incident-device'),
        query.device && [
          `of ${query.device} `,
          el('button', { type: 'button', onclick: () => choose('device', '') }, 'of all devices'),
        ],
      );
    },
  };
}

/** @type {(select: HTMLSelectElement, all: string, values: { value: string, count: number }[], hasOpen: boolean, chosen: string) => void} */
function drawOptions(select, all, values, hasOpen, chosen) {
  const open = values.filter(({ value }) => value !== 'resolved').reduce((sum, one) => sum + one.count, 0);
  const shown = [
    { value: '', text: all },
    ...(hasOpen ? [{ value: 'open', text: `open (${count(open)})` }] : []),
    ...values
      .slice(0, MAX_OPTIONS)
      .map((one) => ({ value: one.value, text: `${one.value} (${count(one.count)})` })),
  ];
  if (!shown.some(({ value }) => value === chosen)) shown.push({ value: chosen, text: `${chosen} (0)` });
  const signature = JSON.stringify([shown, chosen]);
  if (select.dataset.signature === signature) return;
  select.dataset.signature = signature;
  fill(
    select,
    shown.map(({ value, text }) => el('option', { value, selected: value === chosen }, text)),
  );
}
