// What the lake says of a device besides its values: numbers that are missing, and readings that were refused.
import { errorElement } from './api.js';
import { el, fill, stackedTable, table } from './dom.js';
import { count, plural, when } from './format.js';

/** @import { DeviceHistory } from '../page-answers.ts' */

/** @type {(parts: { gaps: HTMLElement, refused: HTMLElement }, history: DeviceHistory | { error: unknown }) => void} */
export function drawHistory({ gaps: gapBox, refused: refusedBox }, history) {
  if ('error' in history) {
    for (const box of [gapBox, refusedBox]) fill(box, errorElement('p', history.error));
    return;
  }
  const { gaps, refused, problem } = history;
  const missing = gaps.reduce((sum, one) => sum + one.missing, 0);
  if (problem) {
    for (const box of [gapBox, refusedBox]) fill(box, el('p.error', problem));
    return;
  }
  fill(
    gapBox,
    gaps.length === 0
      ? el('p.muted', 'No number is missing in what the lake has of this time.')
      : [
          el('p', `${plural(missing, 'reading')} missing in ${plural(gaps.length, 'place')}.`),
          table(
            'Missing numbers',
            ['Between', 'and', { text: 'Missing', number: true }, 'Numbers'],
            gaps.map(gapRow),
          ),
        ],
  );
  fill(
    refusedBox,
    refused.length === 0
      ? el('p.muted', 'Every reading of this time was evaluated.')
      : stackedTable(
          'By reason',
          ['Last', 'Verdict', { text: 'Readings', number: true }, 'Why', 'What to change'],
          refused.map(refusedRow),
        ),
  );
}

/** @param {DeviceHistory['gaps'][number]} gap */
const gapRow = ({ since, until, after, before, missing }) =>
  el(
    'tr',
    el('td', timeOf(since)),
    el('td', timeOf(until)),
    el('td.number', count(missing)),
    el('td', `${after + 1}${missing > 1 ? `–${before - 1}` : ''}`),
  );

/** @param {DeviceHistory['refused'][number]} refusal */
const refusedRow = ({ at, verdict, readings, reason, advice }) =>
  el(
    'tr',
    el('td', timeOf(at)),
    el('td', verdict),
    el('td.number', count(readings)),
    el('td.wrap', reason),
    el('td.wrap', advice),
  );

/** @param {number} second since the epoch */
const timeOf = (second) => when(new Date(second * 1000).toISOString());
