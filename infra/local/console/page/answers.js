// The four questions that the page is for, answered at a glance.
import { byId, el, fill, setAttribute, setText } from './dom.js';
import { count, one, plural, rate, span } from './format.js';

const QUESTIONS = [
  ['flow', 'Is data flowing?'],
  ['firing', 'What is firing?'],
  ['late', 'How late is it?'],
  ['stored', 'What reached the lake?'],
];

/** Without a reading for so long, data does not flow. */
const STILL_MS = 6_000;

export function createAnswers(store, pipeline) {
  const tiles = {};
  fill(
    byId('answers'),
    QUESTIONS.map(([id, question]) => {
      tiles[id] = { answer: el('strong', {}, '…'), detail: el('span', { class: 'detail' }) };
      tiles[id].element = el(
        'div',
        { id: `answer-${id}`, 'data-state': 'idle' },
        el('dt', {}, question),
        el('dd', {}, tiles[id].answer, tiles[id].detail),
      );
      return tiles[id].element;
    }),
  );
  const say = (id, state, answer, detail) => {
    setAttribute(tiles[id].element, 'data-state', state);
    setText(tiles[id].answer, answer);
    setText(tiles[id].detail, detail);
  };
  store.on(['counts', 'vitals', 'incidents'], ({ counts, vitals, incidents, fleet, about }) => {
    const speed = pipeline.speed('received');
    const { lastReading, now } = counts;
    const since = lastReading && `last reading ${span(now - lastReading.atMs)} ago`;
    if (!lastReading) {
      const how = fleet
        ? 'the fleet is starting'
        : `start one: npm run simulate -- ${about?.flags ?? '--local'}`;
      say('flow', 'idle', 'Not yet', how);
    } else if (fleet?.paused) say('flow', 'idle', 'Paused', since);
    else if (speed > 0) {
      say('flow', 'good', `${rate(speed)} readings/s`, `from ${plural(counts.devices, 'device')}`);
    } else if (now - lastReading.atMs < STILL_MS) say('flow', 'good', 'Yes', since);
    else say('flow', 'bad', 'No', since);

    const firing = incidents.filter(({ state }) => state === 'firing');
    const recovering = incidents.filter(({ state }) => state === 'recovering');
    const [first] = firing;
    if (first) {
      const more = firing.length > 1 ? `, +${count(firing.length - 1)}` : '';
      say('firing', 'bad', `${count(firing.length)} firing`, `${first.rule} on ${first.device_id}${more}`);
    } else if (recovering.length > 0)
      say(
        'firing',
        'warn',
        `${count(recovering.length)} recovering`,
        `${recovering[0].rule} on ${recovering[0].device_id}`,
      );
    else if (!lastReading) say('firing', 'idle', 'Nothing', 'there is nothing to judge yet');
    else
      say(
        'firing',
        'good',
        'Nothing',
        counts.opened > 0
          ? `${plural(counts.resolved, 'incident')} resolved since the start`
          : 'all devices are within their limits',
      );

    const idle = vitals.invocation ? now - vitals.invocation.at : undefined;
    if (!vitals.invocation) say('late', 'idle', '–', 'the detector has not run yet');
    else if (speed > 0 && idle > STILL_MS)
      say('late', 'bad', `${span(idle)} behind`, 'the detector stands still');
    else {
      const late = counts.batchAgeMs + vitals.invocation.durationMs;
      say('late', late > 10_000 ? 'warn' : 'good', `${one(late / 1000)} s`, 'from stream to verdict');
    }
    const { inLake, malformed, pending } = counts;
    say(
      'stored',
      malformed > 0 ? 'warn' : inLake > 0 ? 'good' : 'idle',
      count(inLake),
      malformed > 0
        ? `readings; ${plural(malformed, 'malformed line')} kept aside`
        : inLake > 0 || pending > 0
          ? `readings, ${count(pending)} on their way`
          : 'the first file comes in seconds',
    );
  });
}
