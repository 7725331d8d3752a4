// Sites with gateways: what waits on their disks, and the button that cuts the line.
import { postJson } from './api.js';
import { byId, el, reconcile, setText } from './dom.js';
import { plural, span } from './format.js';

/** @import { SiteState } from '../page-state.ts' */
/** @import { Attempt } from './api.js' */
/** @import { Store } from './store.js' */

/** @param {Store} store @param {Attempt} attempt */
export function createSites(store, attempt) {
  store.on(['sites'], ({ sites }) => {
    reconcile(
      byId('sites'),
      sites,
      ({ site }) => site,
      ({ site }) => createRow(site, () => isCut(store, site), attempt),
      updateRow,
    );
  });
}

/** @type {(store: Store, site: string) => boolean} */
const isCut = (store, name) => store.parts.sites?.find(({ site }) => site === name)?.isLineCut ?? false;

/** @type {(site: string, isCut: () => boolean, attempt: Attempt) => HTMLElement} */
function createRow(site, isCut, attempt) {
  const onclick = attempt(async () => {
    const line = isCut() ? 'connected' : 'cut';
    await postJson('/api/edge', { site, line });
    return line === 'cut'
      ? `${site} is cut off: its readings wait on the disk of its gateway.`
      : `${site} is connected again: what has waited comes first, in order.`;
  });
  return el(
    'li',
    el('span.badge'),
    el('strong', site),
    el('span.backlog'),
    el('button', { type: 'button', onclick }),
  );
}

/** @param {HTMLElement} row @param {SiteState} state */
function updateRow(row, { isLineCut, waiting, oldestSeconds, problem }) {
  const [badge, , backlog, button] = row.children;
  if (!badge || !backlog || !button) return;
  const state = isLineCut ? 'cut off' : problem ? 'not connected' : 'connected';
  badge.classList.toggle('firing', state !== 'connected');
  setText(badge, state);
  const age = waiting > 0 ? `, the oldest for ${span(oldestSeconds * 1000)}` : '';
  setText(backlog, `${plural(waiting, 'reading')} on its disk${age}`);
  backlog.setAttribute('title', problem ?? '');
  setText(button, isLineCut ? 'Connect the line' : 'Cut the line');
}
