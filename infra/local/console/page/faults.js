// Buttons that inject faults, and the faults in force.
import { endFault, getJson, postJson } from './api.js';
import { all, button, byId, el, fillEach, setText } from './dom.js';
import { plural, serverNow } from './format.js';

/** @import { FaultPreset } from '../page-answers.ts' */
/** @import { ShownFault } from '../page-state.ts' */
/** @import { Attempt } from './api.js' */
/** @import { Store } from './store.js' */

const BREAK_SECONDS = 20;

/** @param {Store} store @param {Attempt} attempt */
export function createFaults(store, attempt) {
  const presets = el('span.buttons', { id: 'presets' });

  /** A fault that is in force cannot be injected again. */
  function disableActive() {
    const active = new Set(store.parts.faults?.map(({ title }) => title));
    for (const button of presets.querySelectorAll('button'))
      button.setAttribute('aria-disabled', String(active.has(button.textContent)));
  }

  let isAsked = false;
  store.on(['faults'], ({ faults }) => {
    if (!isAsked) load();
    isAsked = true;
    drawFaults(faults, attempt);
    disableActive();
  });
  const load = attempt(async () => {
    const answer = await getJson('/api/control/faults');
    fillEach(presets, answer.presets, (preset) => presetButton(preset, attempt));
    disableActive();
  });
  return {
    element: el('div.group', el('span.label', `Break something for ${BREAK_SECONDS} s`), presets),
    tick() {
      for (const node of all('[data-until]')) {
        const left = Math.max(0, Math.ceil((Number(node.dataset.until) - serverNow()) / 1000));
        setText(node, ` ${left} s left`);
      }
    },
  };
}

/** @type {(preset: FaultPreset, attempt: Attempt) => HTMLElement} */
function presetButton({ name, title, expect }, attempt) {
  const inject = attempt(async () => {
    await postJson('/api/control/faults', { preset: name, duration: `${BREAK_SECONDS}s` });
    return `${title}. ${expect}`;
  });
  /** @param {MouseEvent & { currentTarget: HTMLButtonElement }} event */
  const onclick = ({ currentTarget }) => currentTarget.ariaDisabled !== 'true' && inject();
  return button(title, onclick, { title: expect });
}

/** @type {(faults: ShownFault[], attempt: Attempt) => void} */
function drawFaults(faults, attempt) {
  fillEach(byId('faults'), faults, ({ id, title, hits, until }) =>
    el(
      'li',
      el('span.badge.firing', 'broken'),
      el('strong', title),
      el(
        'span',
        `struck ${plural(hits, 'time')},`,
        until ? el('span', { 'data-until': Date.parse(until) }) : ' until it is ended',
      ),
      button(
        'End now',
        attempt(async () => void (await endFault(id))),
      ),
    ),
  );
}
