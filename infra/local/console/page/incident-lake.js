// What the list of incidents takes from the lake: those that are over, of a stack whose alerts are not kept here.
import { byId, el, fill, link } from './dom.js';
import { count, plural, size, when } from './format.js';

/** @import { AskedLake, IncidentPage } from '../page-answers.ts' */
/** @import { About } from '../page-state.ts' */
/** @import { Children } from './dom.js' */

/** How far back the lake may be asked. */
export const DAYS = ['1', '7', '31'];

/** The address that is shown, with other choices. @param {Record<string, string>} choices */
export function addressWith(choices) {
  const [path = '', query = ''] = location.hash.split('?');
  const search = new URLSearchParams(query);
  for (const [name, value] of Object.entries(choices)) search.set(name, value);
  return `${path || '#/incidents'}?${search}`;
}

/** What is over is in the lake alone, where the alerts of a stack are not kept here. @param {IncidentPage} page @param {About} about */
export function drawLake({ lake, matching }, { isLive }) {
  const box = byId('incident-lake');
  const signature = JSON.stringify([isLive, lake, matching, location.hash]);
  // A link that has the focus stays.
  if (box.dataset.signature === signature) return;
  box.dataset.signature = signature;
  if (lake) fill(box, askedWords(lake, matching));
  else if (isLive) fill(box);
  else fill(box, 'Open ones are listed. The lake has ', overLink(), ': a query, $0.00005 at least.');
}

const overLink = () => link(addressWith({ state: 'resolved', page: '1' }), 'those that are over');

/** @type {(lake: AskedLake, matching: number) => Children[]} */
function askedWords({ days, at, total, listed, scannedBytes, cost }, matching) {
  const choices = DAYS.map((choice) => [
    el(
      'a',
      { href: addressWith({ days: choice, page: '1' }), 'aria-current': choice === `${days}` && 'true' },
      choice === '1' ? 'day' : `${choice} days`,
    ),
    ' ',
  ]);
  return [
    `${plural(matching, 'incident')} of the last `,
    choices,
    '· from the lake as of ',
    when(at),
    total > listed && `, the newest ${count(listed)} of ${count(total)} incidents`,
    `: ${size(scannedBytes)} scanned, $${cost.toFixed(5)}. Kept for a minute.`,
  ];
}
