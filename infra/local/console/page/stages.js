// State and text of every stage and arrow of the pipeline, from the server's data. Pure.
import { count, plural, rate, span } from './format.js';

/** @import { Parts } from './store.js' */

/** @typedef {'fleet' | 'stream' | 'delivery' | 'lake' | 'catalog' | 'detector' | 'topic' | 'inbox'} StageName */
/** @typedef {'in' | 'toDelivery' | 'toLake' | 'toCatalog' | 'toDetector' | 'toTopic' | 'toInbox'} ArrowName */
/** @typedef {'flowing' | 'idle' | 'still' | 'failing'} StageState */
/** @typedef {[state: StageState, text: string, ...side: (string | false | undefined)[]]} ShownStage */
/** @typedef {[flows: boolean, text: string]} ShownArrow */
/** @typedef {'received' | 'evaluated'} Rated a count whose growth per second is shown */
/** @typedef {Pick<Parts, 'counts' | 'vitals' | 'mails' | 'incidents'> & Pick<Partial<Parts>, 'fleet' | 'state'>} Seen */
/** @typedef {ReturnType<typeof derive>} Moment */

/** Rates are taken over this time. */
export const RATE_MS = 4_000;
/** After this time without a sign of life a stage stands still. */
const STILL_MS = 6_000;
/** A delivery may take a few buffer intervals. */
const DELIVERY_STILL_MS = 20_000;
const RECENT_MS = 3_000;

/** @param {Seen} seen @param {(name: Rated) => number} speed per second */
export function describePipeline(seen, speed) {
  const moment = derive(seen, speed);
  const stages = describeStages(moment);
  return { stages, arrows: describeArrows(moment, stages.detector[0] === 'flowing', speed('evaluated')) };
}

/** Values that several stages need. @param {Seen} seen @param {(name: Rated) => number} speed */
function derive(seen, speed) {
  const { counts, vitals, fleet } = seen;
  /** @param {number | undefined} atMs */
  const since = (atMs) => (atMs === undefined ? undefined : counts.now - atMs);
  const sinceReading = since(counts.lastReading?.atMs);
  const inRate = speed('received');
  return {
    ...seen,
    inRate,
    flows: inRate > 0 || (sinceReading !== undefined && sinceReading < RATE_MS && !fleet?.paused),
    sinceReading,
    sinceInvocation: since(vitals.invocation?.at),
    sinceDelivery: since(vitals.deliveredAt),
    sinceMail: since(vitals.mailedAt),
  };
}

/** @param {Moment} moment @returns {Record<StageName, ShownStage>} */
const describeStages = (moment) => ({
  fleet: fleetStage(moment),
  stream: streamStage(moment),
  delivery: deliveryStage(moment),
  lake: lakeStage(moment),
  catalog: ['idle', 'SQL at any time'],
  detector: detectorStage(moment),
  topic: topicStage(moment),
  inbox: [moment.mails.total > 0 ? 'flowing' : 'idle', plural(moment.mails.total, 'mail')],
});

/**
 * @param {Moment} moment @param {boolean} detects @param {number} evaluated per second
 * @returns {Record<ArrowName, ShownArrow>}
 */
function describeArrows({ flows, inRate, sinceDelivery, sinceMail }, detects, evaluated) {
  /** @param {number | undefined} ms */
  const recently = (ms) => ms !== undefined && ms < RECENT_MS;
  /** @param {number | undefined} ms */
  const agoText = (ms) => (ms === undefined ? '' : `${span(ms)} ago`);
  return {
    in: [flows, `${rate(inRate)} /s`],
    toDelivery: [flows, `${rate(inRate)} /s`],
    toLake: [recently(sinceDelivery), agoText(sinceDelivery)],
    toCatalog: [false, ''],
    toDetector: [flows && detects, `${rate(evaluated)} /s`],
    toTopic: [recently(sinceMail), ''],
    toInbox: [recently(sinceMail), agoText(sinceMail)],
  };
}

/**
 * @param {Moment} moment @param {string} service
 * @returns {ShownStage | undefined} undefined where none of its calls was refused lately
 */
function failing({ vitals }, service) {
  const refused = vitals.refused[service] ?? 0;
  return refused > 0 ? ['failing', `${plural(refused, 'call')} refused`] : undefined;
}

/** @type {(moment: Moment) => ShownStage} */
function fleetStage({ fleet, flows, counts }) {
  if (fleet && !fleet.running) return ['still', 'stopped'];
  if (fleet?.paused) return ['idle', 'paused'];
  const devices = fleet ? fleet.devices : counts.devices;
  return [flows ? 'flowing' : 'idle', fleet || devices > 0 ? plural(devices, 'device') : 'nobody yet'];
}

/** @type {(moment: Moment) => ShownStage} */
function streamStage(moment) {
  const { fleet, flows, sinceReading } = moment;
  const failure = failing(moment, 'kinesis');
  if (failure) return failure;
  if (sinceReading === undefined) return [flows ? 'flowing' : 'idle', 'waits for readings'];
  if (flows) return ['flowing', 'flowing'];
  const isStill = fleet?.running && !fleet.paused && sinceReading > STILL_MS;
  return [isStill ? 'still' : 'idle', `quiet for ${span(sinceReading)}`];
}

/** @type {(moment: Moment) => ShownStage} */
function deliveryStage({ counts, flows, sinceDelivery }) {
  const { pending } = counts;
  if (pending > 0 && sinceDelivery !== undefined && sinceDelivery > DELIVERY_STILL_MS)
    return ['still', `nothing written for ${span(sinceDelivery)}`, `${count(pending)} waiting`];
  return [flows || pending > 0 ? 'flowing' : 'idle', `${count(pending)} buffered`];
}

/** @type {(moment: Moment) => ShownStage} */
const lakeStage = ({ counts: { malformed, inLake } }) => [
  malformed > 0 || inLake > 0 ? 'flowing' : 'idle',
  `${count(inLake)} readings`,
  malformed > 0 && `${plural(malformed, 'line')} in errors/`,
];

/** @type {(moment: Moment) => ShownStage} */
function detectorStage(moment) {
  const { vitals, flows, sinceInvocation, state = 0, counts } = moment;
  if (vitals.failedInvocations > 0)
    return ['failing', plural(vitals.failedInvocations, 'failed run'), vitals.failure];
  const failure = failing(moment, 'dynamodb');
  if (failure) return failure;
  const isStill = flows && sinceInvocation !== undefined && sinceInvocation > STILL_MS;
  return [
    isStill ? 'still' : flows ? 'flowing' : 'idle',
    vitals.invocation
      ? `${vitals.invocation.records} records in ${span(vitals.invocation.durationMs)}`
      : 'not called yet',
    state > 0 && plural(state, 'state item'),
    counts.abandoned > 0 && `${plural(counts.abandoned, 'record')} given up`,
  ];
}

/** @type {(moment: Moment) => ShownStage} */
function topicStage(moment) {
  const { counts, incidents } = moment;
  const failure = failing(moment, 'sns');
  if (failure) return failure;
  // Their alerts are decided, but not published yet.
  const waiting = incidents.filter(({ timeline, state }) => timeline.length === 0 && state !== 'pending');
  if (waiting.length > 0) return ['still', `${plural(waiting.length, 'alert')} waiting`];
  return [counts.opened > 0 ? 'flowing' : 'idle', `${count(counts.opened)} opened`];
}
