// Queries that were run in this browser, the newest first.
import { byId, el, fillEach, link } from './dom.js';
import { ago } from './format.js';

/** @typedef {{ name: string, address: string, sql: string, parameters: string[] }} Run */

const KEY = 'streamwatch-queries';
const KEPT = 30;

export function createPast() {
  draw(stored());
  return {
    /** @param {Run} run */
    add(run) {
      const others = stored().filter(({ address, sql }) => address !== run.address || sql !== run.sql);
      const runs = [{ ...run, at: new Date().toISOString() }, ...others].slice(0, KEPT);
      localStorage.setItem(KEY, JSON.stringify(runs));
      draw(runs);
    },
  };
}

/** @returns {(Run & { at: string })[]} */
function stored() {
  try {
    const runs = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(runs) ? runs : [];
  } catch {
    return [];
  }
}

/** @param {(Run & { at: string })[]} runs */
function draw(runs) {
  byId('history-past').hidden = runs.length === 0;
  fillEach(byId('history-list'), runs, ({ name, address, parameters, at }) =>
    el(
      'li',
      link(address, `${name.slice(0, 100)} ${parameters.join(' ')}`.trim()),
      ' ',
      el('span.muted', ago(at)),
    ),
  );
}
