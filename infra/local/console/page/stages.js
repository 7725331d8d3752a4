// State and text of every stage and arrow of the pipeline, from the server's data. Pure.
import { deliveryCause, serviceCause } from './causes.js';
import { count, plural, rate, span } from './format.js';

/** @import { Cause } from './causes.js' */
/** @import { Parts } from './store.js' */

/** @typedef {'fleet' | 'stream' | 'delivery' | 'lake' | 'catalog' | 'detector' | 'topic' | 'inbox'} StageName */
/** @typedef {'in' | 'toDelivery' | 'toLake' | 'toCatalog' | 'toDetector' | 'toTopic' | 'toInbox'} ArrowName */
/** @typedef {'flowing' | 'idle' | 'still' | 'failing'} StageState */
/**
 * `side`: lines of small print; `problem`: what is wrong, as a sentence without its full stop.
 * @typedef {{ state: StageState, text: string, side?: (string | false | undefined)[], problem?: string }} ShownStage
 */
/** @typedef {[flows: boolean, text: string]} ShownArrow */
/** @typedef {'received' | 'evaluated'} Rated a count whose growth per second is shown */
/**
 * @typedef {Pick<Parts, 'counts' | 'vitals' | 'mails' | 'incidentCounts' | 'faults'>
 *   & Pick<Partial<Parts>, 'fleet' | 'state' | 'lake'>} Seen
 */
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
  const detects = stages.detector.state === 'flowing';
  return { stages, arrows: describeArrows(moment, detects, speed('evaluated')) };
}

/** Values that several stages need. @param {Seen} seen @param {(name: Rated) => number} speed */
function derive(seen, speed) {
  const { counts, vitals, fleet } = seen;
  const sinceReading = counts.lastReading?.agoMs;
  const inRate = speed('received');
  return {
    ...seen,
    inRate,
    flows: inRate > 0 || (sinceReading !== undefined && sinceReading < RATE_MS && !fleet?.paused),
    sinceReading,
    sinceInvocation: vitals.invocation?.agoMs,
  };
}

/** @param {Moment} moment @returns {Record<StageName, ShownStage>} */
const describeStages = (moment) => ({
  fleet: fleetStage(moment),
  stream: streamStage(moment),
  delivery: deliveryStage(moment),
  lake: lakeStage(moment),
  catalog: { state: 'idle', text: 'SQL at any time' },
  detector: detectorStage(moment),
  topic: topicStage(moment),
  inbox: { state: moment.mails.total > 0 ? 'flowing' : 'idle', text: plural(moment.mails.total, 'mail') },
});

/**
 * @param {Moment} moment @param {boolean} detects @param {number} evaluated per second
 * @returns {Record<ArrowName, ShownArrow>}
 */
function describeArrows({ flows, inRate, vitals: { deliveredAgoMs, mailedAgoMs } }, detects, evaluated) {
  /** @param {number | undefined} ms */
  const recently = (ms) => ms !== undefined && ms < RECENT_MS;
  /** @param {number | undefined} ms */
  const agoText = (ms) => (ms === undefined ? '' : `${span(ms)} ago`);
  /** The first rate is known after a while: until then what flows has none. @param {number} value */
  const rateText = (value) => (flows && value === 0 ? '' : `${rate(value)} /s`);
  return {
    in: [flows, rateText(inRate)],
    toDelivery: [flows, rateText(inRate)],
    toLake: [recently(deliveredAgoMs), agoText(deliveredAgoMs)],
    toCatalog: [false, ''],
    toDetector: [flows && detects, rateText(evaluated)],
    toTopic: [recently(mailedAgoMs), ''],
    toInbox: [recently(mailedAgoMs), agoText(mailedAgoMs)],
  };
}

/** @type {(cause: Cause, ...side: (string | false)[]) => ShownStage} */
const failing = ({ short, detail, sentence }, ...side) => ({
  ...{ state: 'failing', text: short, problem: sentence },
  side: [detail, ...side],
});

/** @type {(moment: Moment) => ShownStage} */
function fleetStage({ fleet, flows, counts }) {
  if (fleet && !fleet.running) return { state: 'still', text: 'stopped', problem: 'The fleet has stopped' };
  if (fleet?.paused) return { state: 'idle', text: 'paused' };
  const devices = fleet ? fleet.devices : counts.devices;
  return {
    state: flows ? 'flowing' : 'idle',
    text: fleet || devices > 0 ? plural(devices, 'device') : 'none so far',
  };
}

/** @type {(moment: Moment) => ShownStage} */
function streamStage(moment) {
  const { fleet, flows, sinceReading } = moment;
  const cause = serviceCause(moment, 'kinesis');
  if (cause) return failing(cause);
  if (sinceReading === undefined) return { state: flows ? 'flowing' : 'idle', text: 'waits for readings' };
  if (flows) return { state: 'flowing', text: 'flowing' };
  const isStill = fleet?.running && !fleet.paused && sinceReading > STILL_MS;
  const text = `quiet for ${span(sinceReading)}`;
  if (!isStill) return { state: 'idle', text };
  return { state: 'still', text, problem: `No reading has come for ${span(sinceReading)}` };
}

/** @type {(moment: Moment) => ShownStage} */
function deliveryStage(moment) {
  const { counts, flows, vitals } = moment;
  const cause = deliveryCause(moment);
  if (cause) return failing(cause);
  const { pending } = counts;
  const sinceMs = vitals.deliveredAgoMs;
  if (pending > 0 && sinceMs !== undefined && sinceMs > DELIVERY_STILL_MS) {
    const waiting = `${count(pending)} waiting`;
    const problem = `Nothing has been written to the lake for ${span(sinceMs)} (${waiting})`;
    return { state: 'still', text: `no file for ${span(sinceMs)}`, side: [waiting], problem };
  }
  return { state: flows || pending > 0 ? 'flowing' : 'idle', text: `${count(pending)} buffered` };
}

/** @type {(moment: Moment) => ShownStage} */
function lakeStage({ counts: { malformed, inLake }, lake }) {
  const files = lake ? filesOf(lake) : 0;
  const isKnown = lake !== undefined || inLake > 0;
  return {
    state: malformed > 0 || inLake > 0 ? 'flowing' : 'idle',
    text: !isKnown ? '…' : inLake > 0 || files === 0 ? `${count(inLake)} readings` : plural(files, 'file'),
    side: [
      inLake > 0 ? 'since the start' : files > 0 && 'none since start',
      malformed > 0 && `${plural(malformed, 'line')} in errors/`,
    ],
  };
}

/** @param {NonNullable<Seen['lake']>} lake */
export const filesOf = ({ partitions }) => partitions.reduce((sum, one) => sum + one.count, 0);

/** @type {(moment: Moment) => ShownStage} */
function detectorStage(moment) {
  const { vitals, flows, sinceInvocation = 0, state: items = 0, counts } = moment;
  const { failedInvocations, failure, invocation } = vitals;
  const cause = serviceCause(moment, 'dynamodb');
  if (cause) return failing(cause, failedInvocations > 0 && plural(failedInvocations, 'failed run'));
  const isStill = flows && sinceInvocation > STILL_MS;
  const runs = plural(failedInvocations, 'failed run');
  // It repeats what it could not publish: that is not its own failure.
  if ((failedInvocations > 0 || isStill) && serviceCause(moment, 'sns'))
    return { state: 'idle', text: 'waits for SNS', side: [failedInvocations > 0 && runs] };
  if (failedInvocations > 0) {
    const problem = `The detector fails (${runs}). ${failure}`;
    return { state: 'failing', text: runs, side: [failure], problem };
  }
  const side = [
    items > 0 && plural(items, 'state item'),
    counts.abandoned > 0 && `${plural(counts.abandoned, 'record')} given up`,
  ];
  if (isStill) {
    const problem = `The detector has not run for ${span(sinceInvocation)}`;
    return { state: 'still', text: `no run for ${span(sinceInvocation)}`, side, problem };
  }
  const state = flows ? 'flowing' : 'idle';
  if (!invocation) return { state, text: 'no run', side: ['since the start', ...side] };
  return { state, text: `${plural(invocation.records, 'record')} in ${span(invocation.durationMs)}`, side };
}

/** @type {(moment: Moment) => ShownStage} */
function topicStage(moment) {
  const { counts, incidentCounts } = moment;
  const { firing, recovering, unsent } = incidentCounts;
  const cause = serviceCause(moment, 'sns');
  const waiting = unsent > 0 && `${plural(unsent, 'alert')} waiting`;
  if (cause) return failing(cause, waiting);
  if (waiting) return { state: 'still', text: waiting, problem: `${waiting} to be published` };
  return {
    state: counts.opened > 0 ? 'flowing' : 'idle',
    text: plural(firing + recovering, 'open incident'),
    side: [`${count(counts.opened)} since the start`],
  };
}
