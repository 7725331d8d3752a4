// Ranges of time: in the address as `last=1h` or `from=…&to=…`, and the bar that chooses them.
import { all, button, el, fill } from './dom.js';
import { forInput, fromInput, moment, serverNow } from './format.js';

/** @import { Address } from './address.js' */
/** @import { Router } from './router.js' */

/** Seconds since the epoch; `last` where the range ends now. @typedef {{ from: number, to: number, last?: string }} Range */

/** @type {[last: string, text: string][]} */
const PRESETS = [
  ['5m', '5 min'],
  ['15m', '15 min'],
  ['1h', '1 h'],
  ['6h', '6 h'],
  ['1d', '1 day'],
  ['7d', '7 days'],
  ['30d', '30 days'],
];
/** @type {Record<string, number>} */
const UNITS = { m: 60, h: 3_600, d: 86_400 };
const LONGEST = 31 * 86_400;
/** The year 2100: what is later is a mistake. */
const LATEST = 4_102_444_800;

/** Undefined where the address names none, or one that cannot be. @param {URLSearchParams} query @returns {Range | undefined} */
export function rangeOf(query) {
  const last = query.get('last');
  if (last !== null) return lastOf(last);
  const [from, to] = ['from', 'to'].map((name) => Date.parse(query.get(name) ?? '') / 1000);
  if (from === undefined || to === undefined) return undefined;
  if (!(from >= 0 && to > from && to <= LATEST) || to - from > LONGEST) return undefined;
  return { from: Math.floor(from), to: Math.ceil(to) };
}

/** @param {string} last such as `6h` @returns {Range | undefined} */
export function lastOf(last) {
  const [, amount, unit = ''] = /^(\d{1,4})([mhd])$/.exec(last) ?? [];
  const seconds = Number(amount) * (UNITS[unit] ?? 0);
  if (!(seconds > 0) || seconds > LONGEST) return undefined;
  const to = Math.ceil(serverNow() / 1000);
  return { from: to - seconds, to, last };
}

/** Choices for the address. @param {number} from seconds @param {number} to @returns {Record<string, string | undefined>} */
export const rangeChoices = (from, to) => ({
  last: undefined,
  from: iso(Math.floor(from)),
  to: iso(Math.ceil(Math.max(to, from + 5))),
});

/** @param {number} second */
const iso = (second) => `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;

/** `the last 6 h`, or from when to when. @param {Range} range */
export const rangeWords = ({ from, to, last }) =>
  last
    ? `the last ${PRESETS.find(([name]) => name === last)?.[1] ?? last}`
    : `${moment(from * 1000)} to ${moment(to * 1000)}`;

/** @param {HTMLElement} box @param {Router} router */
export function createRangeBar(box, router) {
  const presets = PRESETS.map(([last, text]) =>
    button(text, () => router.go({ last, from: undefined, to: undefined }), { 'data-last': last }),
  );
  const [from, to] = ['From', 'To'].map((label) =>
    el('input', { type: 'datetime-local', 'aria-label': label, required: true }),
  );
  if (!from || !to) return { show() {} };
  /** @param {SubmitEvent} event */
  const onsubmit = (event) => {
    event.preventDefault();
    const [first, last] = [from, to].map((input) => fromInput(input.value) / 1000);
    if (first === undefined || last === undefined) return;
    to.setCustomValidity(
      last > first && last - first <= LONGEST ? '' : 'After the start, by 31 days at most',
    );
    if (to.reportValidity()) router.go(rangeChoices(first, last));
  };
  fill(
    box,
    el('div.segments', { role: 'group', 'aria-label': 'The last' }, presets),
    el('form', { onsubmit }, from, ' to ', to, el('button', 'Show')),
  );
  to.addEventListener('input', () => to.setCustomValidity(''));
  return {
    /** @param {Range} range what is shown */
    show(range) {
      for (const button of all('[data-last]', box))
        button.setAttribute('aria-pressed', String(button.dataset.last === range.last));
      if (box.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement) return;
      from.value = forInput(range.from * 1000);
      to.value = forInput(range.to * 1000);
    },
  };
}

/** The range of an address, or else this one. @param {Address} address @param {string} otherwise such as `1h` @returns {Range} */
export const rangeOr = (address, otherwise) =>
  rangeOf(address.query) ?? lastOf(otherwise) ?? { from: 0, to: 1 };
