// What the edited rules would have mailed, against those in force: a backtest that the server runs beside everything else.
import { errorElement, getJson } from './api.js';
import { all, button, el, fill, setText } from './dom.js';
import { count, size } from './format.js';
import { drawTrial } from './trial-result.js';
import { createTrialRuns } from './trial-run.js';

/** @import { RuleTrial } from '../rules-answers.ts' */
/** @import { Store } from './store.js' */

/** @type {[since: string, text: string][]} */
const SPANS = [
  ['1h', '1 h'],
  ['6h', '6 h'],
  ['1d', '1 day'],
  ['3d', '3 days'],
  ['7d', '7 days'],
];

/** @param {Store} store @param {HTMLElement} box @param {() => string} text of the rules, as they are now */
export function createRuleTrial(store, box, text) {
  const parts = createParts(begin, stop, (last) => choose(last));
  const runs = createTrialRuns(showProgress);
  let since = '1d';
  let isAllowed = false;
  /** @type {string | undefined} what the shown result is of */
  let answered;

  /** @param {string} wanted */
  async function choose(wanted) {
    since = wanted;
    for (const button of all('[data-since]', box))
      button.setAttribute('aria-pressed', String(button.dataset.since === since));
    compare();
    const cost = await getJson('/api/rules-trial-cost', { since }).catch((error) => ({ error }));
    if (wanted !== since) return;
    if ('error' in cost) fill(parts.cost, errorElement('span', cost.error));
    else setText(parts.cost, costWords(cost, store.parts.about?.isLive ?? true));
  }

  const question = () => JSON.stringify([since, text()]);

  function compare() {
    const isStale = answered !== undefined && answered !== question();
    parts.stale.hidden = !isStale;
    parts.result.classList.toggle('is-stale', isStale);
  }

  /** @param {boolean} isRunning */
  function showRunning(isRunning) {
    const hadFocus = [parts.go, parts.stop].some((one) => one === document.activeElement);
    parts.progress.hidden = !isRunning;
    parts.stop.hidden = !isRunning;
    parts.go.disabled = isRunning || !isAllowed;
    if (hadFocus) (isRunning ? parts.stop : parts.go).focus();
  }

  async function begin() {
    const asked = question();
    answered = undefined;
    fill(parts.result);
    compare();
    showRunning(true);
    setText(parts.phase, 'Begins …');
    parts.bar.removeAttribute('value');
    try {
      const trial = await runs.run({ text: text(), since });
      if (!trial) return;
      showEnd(trial, asked);
    } catch (error) {
      showError(error);
    }
    showRunning(false);
  }

  /** @param {unknown} error */
  function showError(error) {
    fill(parts.result, errorElement('p', error, { role: 'alert' }));
  }

  /** @type {(trial: RuleTrial, asked: string) => void} */
  function showEnd({ problem, result }, asked) {
    if (!result) return showError(problem ?? 'It was stopped.');
    answered = asked;
    drawTrial(parts.result, result, store.parts.about);
    compare();
  }

  /** @param {RuleTrial} trial */
  function showProgress({ phase, done, total }) {
    setText(parts.phase, `${WORDS[phase]}${total > 0 ? ` ${count(total)} readings` : ''} …`);
    if (total > 0) parts.bar.value = done / total;
    else parts.bar.removeAttribute('value');
  }

  function stop() {
    showRunning(false);
    fill(parts.result, el('p.empty', 'Stopped.'));
    runs.stop().catch(showError);
  }

  fill(box, parts.elements);
  choose(since);
  return {
    compare,
    /** @param {boolean} isValid whether there is something to try */
    allow(isValid) {
      isAllowed = isValid;
      parts.go.disabled = !isValid || !parts.progress.hidden;
    },
  };
}

/** @type {Record<RuleTrial['phase'], string>} */
const WORDS = { begins: 'Begins', 'asks the lake': 'Asks the lake', reads: 'Reads', replays: 'Replays' };

/** @type {(cost: { bytes: number, atMost: string }, isLocal: boolean) => string} */
function costWords({ bytes, atMost }, isLocal) {
  if (bytes === 0) return 'The lake has no file of these days yet.';
  const words = `Those days are ${size(bytes)} in the lake`;
  return isLocal
    ? `${words}; on AWS it would cost ${atMost} at most.`
    : `${words}: it costs ${atMost} at most.`;
}

/** @param {() => void} onGo @param {() => void} onStop @param {(since: string) => void} onSpan */
function createParts(onGo, onStop, onSpan) {
  const phase = el('span', { role: 'status' });
  const bar = el('progress', { max: 1, 'aria-label': 'How far it is' });
  const progress = el('p.trial-progress', { hidden: true }, bar, phase);
  const go = el('button.primary', { type: 'button', disabled: true, onclick: onGo }, 'Try the rules');
  const stop = button('Stop', onStop, { hidden: true });
  const cost = el('p.muted');
  const stale = el(
    'p.stale',
    { role: 'status', hidden: true },
    'The rules or the time have changed since. This is still the answer to what was tried: try again.',
  );
  const result = el('div', { id: 'trial-result', 'aria-live': 'polite' });
  const spans = SPANS.map(([since, text]) => button(text, () => onSpan(since), { 'data-since': since }));
  const elements = [
    el(
      'div.head',
      el('h2', { id: 'rules-trial-title' }, 'What would they have mailed?'),
      el('p.muted', 'History, through the detector’s own code, with these rules and with those in force.'),
    ),
    el(
      'div.run',
      el('div.segments', { role: 'group', 'aria-label': 'History of the last' }, spans),
      go,
      stop,
    ),
    cost,
    progress,
    stale,
    result,
  ];
  return { phase, bar, progress, go, stop, cost, stale, result, elements };
}
