// Silences: for a time, nobody is told of what they match. Active ones first, each with a button that ends it.
import { errorElement, getJson, postJson } from './api.js';
import { button, byId, el, fill, link, once, stackedTable } from './dom.js';
import { when } from './format.js';

/** @import { ShownSilence } from '../page-answers.ts' */
/** @import { Router } from './router.js' */
/** @import { Store } from './store.js' */

const ORDER = { active: 0, waits: 1, over: 2 };
const PERIOD_MS = 5_000;
const BUTTONS = { text: el('span.sr', 'What can be done'), number: false };
const HEAD = ['State', 'What', 'From', 'Until', 'By', 'Why', BUTTONS];

/** @param {Store} store @param {Router} router */
export function createSilencesView(store, router) {
  let isShown = false;
  let loadedAt = 0;

  async function load() {
    const { about } = store.parts;
    if (!isShown || !about) return;
    loadedAt = performance.now();
    const silences = await getJson('/api/silences').catch((error) => ({ error }));
    if (!isShown) return;
    if ('error' in silences) fill(byId('silence-list'), errorElement('p', silences.error));
    else draw(silences, about.flags, load);
  }

  // Others make them as well, and they end by themselves.
  store.on(['telemetry'], () => {
    if (isShown && performance.now() - loadedAt > PERIOD_MS) load();
  });
  router.add('silences', {
    title: () => 'Silences',
    show() {
      isShown = true;
      load();
    },
    hide() {
      isShown = false;
      loadedAt = 0;
    },
  });
}

let drawn = '';
/** @type {(silences: ShownSilence[], flags: string, onChange: () => Promise<void>) => void} */
function draw(silences, flags, onChange) {
  const signature = JSON.stringify(silences);
  // A button that has the focus stays.
  if (signature === drawn && byId('silence-list').firstChild) return;
  drawn = signature;
  const rows = silences.toSorted((a, b) => ORDER[a.state] - ORDER[b.state]).map((one) => row(one, onChange));
  fill(
    byId('silence-list'),
    silences.length === 0
      ? el(
          'p.empty',
          'No silence is kept. One keeps everybody quiet about what is known to be wrong: it is made on the page of an ',
          link('#/incidents', 'incident'),
          ' or a ',
          link('#/fleet', 'device'),
          ', or with ',
          el('code', `npm run silence -- add --help ${flags}`),
        )
      : stackedTable('All silences', HEAD, rows),
  );
}

/** @type {(silence: ShownSilence, onChange: () => Promise<void>) => HTMLTableRowElement} */
function row({ id, state, matchers, starts_at, ends_at, weekly, author, comment }, onChange) {
  const said = el('span');
  /** @param {MouseEvent & { currentTarget: HTMLButtonElement }} event */
  const end = ({ currentTarget }) =>
    once(currentTarget, async () => {
      try {
        await postJson('/api/end-silence', { id });
        await onChange();
      } catch (error) {
        fill(said, errorElement('span', error));
      }
    });
  return el(
    'tr',
    el('td', el('span', { class: `badge ${state === 'active' ? 'pending' : ''}` }, state)),
    el('td.wrap', matcherWords(matchers), weekly && `, ${weekly.window} (${weekly.zone})`),
    el('td', when(starts_at)),
    el('td', ends_at ? when(ends_at) : 'for good'),
    el('td.wrap', el('bdi', author)),
    el('td.wrap', el('bdi', comment)),
    el('td', state !== 'over' && button('End', end, { 'aria-label': `End ${id}` }), said),
  );
}

/** @param {ShownSilence['matchers']} matchers */
export const matcherWords = ({ rules, devices, sites, severities }) =>
  [
    rules?.join(', ') ?? 'everything',
    devices && `on ${devices.join(', ')}`,
    sites && `at ${sites.join(', ')}`,
    severities && `if ${severities.join(', ')}`,
  ]
    .filter(Boolean)
    .join(' ');
