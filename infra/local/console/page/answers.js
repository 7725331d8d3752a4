// The four questions that the page answers at a glance.
import { byId, el, fill, setAttribute, setText } from './dom.js';
import { count, one, plural, rate, span } from './format.js';

/** @import { Pipeline } from './pipeline.js' */
/** @import { Parts, Store } from './store.js' */

/** @typedef {Pick<Parts, 'counts' | 'vitals' | 'incidents'> & Pick<Partial<Parts>, 'fleet' | 'about'>} Seen */
/** @typedef {[state: 'idle' | 'good' | 'warn' | 'bad', answer: string, detail: string]} Answer */

/** After this time without a reading, data is not flowing. */
const STILL_MS = 6_000;
const LATE_MS = 10_000;

/** @type {{ id: string, question: string, answer: (seen: Seen, speed: number) => Answer }[]} */
const QUESTIONS = [
  { id: 'flow', question: 'Is data flowing?', answer: flowAnswer },
  { id: 'firing', question: 'What is firing?', answer: firingAnswer },
  { id: 'late', question: 'How late is it?', answer: lateAnswer },
  { id: 'stored', question: 'What reached the lake?', answer: storedAnswer },
];

/** @param {Store} store @param {Pipeline} pipeline */
export function createAnswers(store, pipeline) {
  const tiles = QUESTIONS.map(({ id, question, answer }) => {
    const text = el('strong', '…');
    const detail = el('span.detail');
    const element = el(
      'div',
      { id: `answer-${id}`, 'data-state': 'idle' },
      el('dt', question),
      el('dd', text, detail),
    );
    return { element, text, detail, answer };
  });
  fill(
    byId('answers'),
    tiles.map(({ element }) => element),
  );
  store.on(['counts', 'vitals', 'incidents'], (seen) => {
    const speed = pipeline.speed('received');
    for (const tile of tiles) {
      const [state, text, detail] = tile.answer(seen, speed);
      setAttribute(tile.element, 'data-state', state);
      setText(tile.text, text);
      setText(tile.detail, detail);
    }
  });
}

/** @type {(seen: Seen, speed: number) => Answer} */
function flowAnswer({ counts: { lastReading, now, devices }, fleet, about }, speed) {
  if (!lastReading) {
    const start = `start one: npm run simulate -- ${about?.flags ?? '--local'}`;
    return ['idle', 'Not yet', fleet ? 'the fleet is starting' : start];
  }
  const sinceMs = now - lastReading.atMs;
  const since = `last reading ${span(sinceMs)} ago`;
  if (fleet?.paused) return ['idle', 'Paused', since];
  if (speed > 0) return ['good', `${rate(speed)} readings/s`, `from ${plural(devices, 'device')}`];
  return sinceMs < STILL_MS ? ['good', 'Yes', since] : ['bad', 'No', since];
}

/** @type {(seen: Seen) => Answer} */
function firingAnswer({ counts: { lastReading, opened, resolved }, incidents }) {
  const firing = incidents.filter(({ state }) => state === 'firing');
  const recovering = incidents.filter(({ state }) => state === 'recovering');
  if (firing[0]) {
    const more = firing.length > 1 ? `, +${count(firing.length - 1)}` : '';
    return ['bad', `${count(firing.length)} firing`, `${firing[0].rule} on ${firing[0].device_id}${more}`];
  }
  if (recovering[0]) {
    const { rule, device_id } = recovering[0];
    return ['warn', `${count(recovering.length)} recovering`, `${rule} on ${device_id}`];
  }
  if (!lastReading) return ['idle', 'Nothing', 'there are no readings to evaluate yet'];
  return opened > 0
    ? ['good', 'Nothing', `${plural(resolved, 'incident')} resolved since the start`]
    : ['good', 'Nothing', 'no device is past a threshold'];
}

/** @type {(seen: Seen, speed: number) => Answer} */
function lateAnswer({ counts: { now, batchAgeMs }, vitals: { invocation } }, speed) {
  if (!invocation) return ['idle', '–', 'the detector has not run yet'];
  const idleMs = now - invocation.at;
  if (speed > 0 && idleMs > STILL_MS) return ['bad', `${span(idleMs)} behind`, 'the detector stands still'];
  const lateMs = batchAgeMs + invocation.durationMs;
  return [lateMs > LATE_MS ? 'warn' : 'good', `${one(lateMs / 1000)} s`, 'from stream to verdict'];
}

/** @type {(seen: Seen) => Answer} */
function storedAnswer({ counts: { inLake, malformed, pending } }) {
  if (malformed > 0)
    return ['warn', count(inLake), `readings; ${plural(malformed, 'malformed line')} kept aside`];
  const detail =
    inLake > 0 || pending > 0
      ? `readings, ${count(pending)} on their way`
      : 'the first file comes in seconds';
  return [inLake > 0 ? 'good' : 'idle', count(inLake), detail];
}
