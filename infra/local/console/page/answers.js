// The four questions that the page answers at a glance.
import { byId, el, fillEach, setAttribute, setText } from './dom.js';
import { count, one, plural, rate, span } from './format.js';
import { filesOf } from './stages.js';

/** @import { Pipeline } from './pipeline.js' */
/** @import { Parts, Store } from './store.js' */

/**
 * @typedef {Pick<Parts, 'counts' | 'vitals' | 'incidents' | 'incidentCounts'>
 *   & Pick<Partial<Parts>, 'fleet' | 'about' | 'lake'>} Seen
 */
/**
 * `command`: what to type, shown whole.
 * @typedef {{ state: 'idle' | 'good' | 'warn' | 'bad', text: string, detail: string, command?: string }} Answer
 */

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
    const command = el('code.command');
    const element = el(
      'div',
      { id: `answer-${id}`, 'data-state': 'idle' },
      el('dt', question),
      el('dd', text, detail, command),
    );
    return { element, text, detail, command, answer };
  });
  fillEach(byId('answers'), tiles, ({ element }) => element);
  store.on(['counts', 'vitals', 'incidents', 'incidentCounts'], (seen) => {
    const speed = pipeline.speed('received');
    for (const tile of tiles) {
      const { state, text, detail, command = '' } = tile.answer(seen, speed);
      setAttribute(tile.element, 'data-state', state);
      setText(tile.text, text);
      setText(tile.detail, detail);
      setAttribute(tile.detail, 'title', detail);
      setText(tile.command, command);
    }
  });
}

/** @type {(seen: Seen, speed: number) => Answer} */
function flowAnswer({ counts: { lastReading, devices }, fleet, about }, speed) {
  if (!lastReading) {
    const text = 'Not yet';
    if (fleet) return { state: 'idle', text, detail: 'the fleet is starting' };
    const command = `npm run simulate -- ${about?.flags ?? '--local'}`;
    return { state: 'idle', text, detail: 'none since the start. For a fleet:', command };
  }
  const { agoMs } = lastReading;
  const detail = `last reading ${span(agoMs)} ago`;
  if (fleet?.paused) return { state: 'idle', text: 'Paused', detail };
  if (speed > 0) {
    return { state: 'good', text: `${rate(speed)} readings/s`, detail: `from ${plural(devices, 'device')}` };
  }
  return agoMs < STILL_MS ? { state: 'good', text: 'Yes', detail } : { state: 'bad', text: 'No', detail };
}

/** @type {(seen: Seen) => Answer} */
function firingAnswer({ counts: { lastReading, resolved }, incidents, incidentCounts }) {
  const { firing, recovering } = incidentCounts;
  /** @param {'firing' | 'recovering'} state @param {number} all */
  const naming = (state, all) => {
    const first = incidents.find((one) => one.state === state);
    if (!first) return '';
    return `${first.rule} on ${first.device_id}${all > 1 ? `, +${count(all - 1)}` : ''}`;
  };
  if (firing > 0) return { state: 'bad', text: `${count(firing)} firing`, detail: naming('firing', firing) };
  if (recovering > 0) {
    const text = `${count(recovering)} recovering`;
    return { state: 'warn', text, detail: naming('recovering', recovering) };
  }
  const text = 'Nothing';
  if (!lastReading) return { state: 'idle', text, detail: 'no reading since the start' };
  const detail =
    resolved > 0
      ? `${plural(resolved, 'incident')} resolved since the start`
      : 'no device is past a threshold';
  return { state: 'good', text, detail };
}

/** @type {(seen: Seen, speed: number) => Answer} */
function lateAnswer({ counts: { batchAgeMs }, vitals: { invocation } }, speed) {
  if (!invocation) return { state: 'idle', text: '–', detail: 'no run since the start' };
  const { agoMs, durationMs } = invocation;
  if (speed > 0 && agoMs > STILL_MS) {
    return { state: 'bad', text: `${span(agoMs)} behind`, detail: 'the detector has not run since' };
  }
  const lateMs = batchAgeMs + durationMs;
  const state = lateMs > LATE_MS ? 'warn' : 'good';
  return { state, text: `${one(lateMs / 1000)} s`, detail: 'from stream to verdict' };
}

/** @type {(seen: Seen) => Answer} */
function storedAnswer({ counts: { inLake, malformed, lost, pending }, lake }) {
  if (lost > 0) return { state: 'bad', text: `${plural(lost, 'line')} lost`, detail: 'see the notices' };
  if (!lake && inLake === 0) return { state: 'idle', text: '…', detail: '' };
  const files = lake ? filesOf(lake) : 0;
  if (inLake === 0 && files > 0) {
    const detail = pending > 0 ? `${count(pending)} more on their way` : 'none since the start';
    return { state: 'good', text: plural(files, 'file'), detail };
  }
  const text = inLake > 0 ? plural(inLake, 'reading') : 'Nothing yet';
  if (malformed > 0) {
    const detail = `since the start; ${plural(malformed, 'malformed line')}`;
    return { state: 'warn', text, detail };
  }
  if (inLake === 0 && pending === 0) return { state: 'idle', text, detail: 'no file yet' };
  if (inLake === 0) return { state: 'idle', text, detail: `${count(pending)} on their way` };
  const detail = `since the start, ${count(pending)} on their way`;
  return { state: 'good', text, detail };
}
