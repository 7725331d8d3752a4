/**
 * Silence of devices: what a batch says about a site, folded into the items of its devices. Pure. A device is silent
 * while its site speaks, by the site's own event time: a stopped pipeline, a backlog and an outage of the whole site
 * move no clock here, and declare nobody silent.
 *
 * | from → to | when |
 * |---|---|
 * | normal → pending | this environment has missed a device of the roster several times |
 * | pending → normal | it is heard, and by a reading that was not long on its way |
 * | pending → firing | the site is `for` further than where the device was missed first, or where an outage ended |
 * | firing → normal | it is heard; or it is in the roster no longer: given up |
 *
 * A reading that is older than `for` when it comes is late: it moves the beginning of the silence, and does not end it.
 */
import { formatTimestamp, instantMs, sentHourOf } from '../contract/time.ts';
import type { CompiledRule, Transition } from './compiled-rule.ts';
import { type Basis, type Firing, type Incident, incidentId, type Recovering } from './incident.ts';
import type { Mark } from './mark.ts';
import type { Observation } from './observation.ts';
import type { Missed } from './site-memory.ts';
import { type Span, spanOf, widen } from './span.ts';

/** What a batch says about its site. */
export interface SiteNews {
  siteId: string;
  /** How far the site has come, ms, and in which second of the epoch that arrived. */
  frontMs: number;
  arrived: number;
  /** Where its last outage ended, ms; −∞ where none is known. */
  gapEndMs: number;
  /** Devices in the roster as it was read. */
  listed: ReadonlySet<string>;
  /** Devices that this environment misses, by their names. */
  missed: ReadonlyMap<string, Missed>;
}

export interface SilenceStep {
  /** The very object that came in when nothing changed. */
  incident: Incident | undefined;
  transition?: Transition;
}

/** Share of `for` that a device must be missed before it is suspected: healthy ones are heard three times in `for`. */
export const SUSPECTED_AFTER = 0.4;
/** Share of `for` that every environment watches before it is told. */
const CONFIRMED_FOR = 0.4;
/** `seq` of a device of which this environment has seen no reading. */
const UNKNOWN = -1;

/** @param observations readings of the device in this batch */
export function stepSilence(
  incident: Incident | undefined,
  deviceId: string,
  observations: readonly Observation[],
  rule: CompiledRule,
  news: SiteNews,
): SilenceStep {
  if (incident === undefined || incident.state === 'normal') {
    const missed = news.missed.get(deviceId);
    return missed ? suspect(incident, missed, rule, news) : { incident };
  }
  const { basis } = incident;
  if (basis === undefined) return { incident };
  const mark = markAt(news);
  const heard = observations.findLast((one) => isHeard(one, basis, rule, news));
  const followed = followLate(basis, observations);
  if (incident.state === 'pending') {
    if (heard && isLive(heard, basis, rule, news)) return { incident: { state: 'normal', mark } };
    if (heard)
      return { incident: { ...incident, mark, basis: { ...followed, waitMs: rule.forMs + basis.usual } } };
    if (dueMs(basis, rule, news) <= news.frontMs) return fire(deviceId, followed, rule, news);
    return { incident: followed === basis ? incident : { ...incident, mark, basis: followed } };
  }
  if (heard) return end(incident, basis, news, heard);
  if (!news.listed.has(deviceId)) return end(incident, basis, news);
  if (followed === basis) return { incident };
  return { incident: { ...incident, mark, basis: followed, startedAt: followed.since } };
}

/** What other environments have seen until the mark of a tombstone, and what an outage kept back, counts for nothing. */
function suspect(
  tombstone: Incident | undefined,
  missed: Missed,
  { forMs }: CompiledRule,
  news: SiteNews,
): SilenceStep {
  const seenMs = tombstone ? Date.parse(tombstone.mark.at) : Number.NEGATIVE_INFINITY;
  const fromMs = Math.max(missed.fromMs, seenMs, news.gapEndMs);
  if (news.frontMs - fromMs < SUSPECTED_AFTER * forMs) return { incident: tombstone };
  const isLast = missed.lastMs !== undefined && missed.lastMs + missed.lagMs >= seenMs;
  // What was ended by hand stays so until the device is heard again.
  if (tombstone?.mark.closed !== undefined && !isLast) return { incident: tombstone };
  const sinceMs = isLast ? (missed.lastMs as number) : fromMs;
  const basis: Basis = {
    since: formatTimestamp(sinceMs),
    waitMs: Math.max(fromMs + forMs, news.frontMs + CONFIRMED_FOR * forMs) - sinceMs,
    level: isLast ? (missed.lastSeq ?? UNKNOWN) : UNKNOWN,
    usual: isLast ? missed.lagMs : 0,
  };
  return { incident: { state: 'pending', mark: markAt(news), window: [], basis } };
}

/** Is the device heard with this reading? Not by one that is late, or repeated. */
function isHeard({ reading }: Observation, basis: Basis, rule: CompiledRule, news: SiteNews): boolean {
  if (basis.level === UNKNOWN) return true;
  const atMs = instantMs(reading.timestamp);
  // A clock that was set back counts on.
  if (atMs <= Date.parse(basis.since)) return reading.seq > basis.level;
  return atMs >= news.frontMs - rule.forMs - basis.usual;
}

/** Does it say that the device speaks now? One that was some time on its way only says when it did. */
function isLive({ reading }: Observation, basis: Basis, { forMs }: CompiledRule, news: SiteNews): boolean {
  const atMs = instantMs(reading.timestamp);
  if (basis.level === UNKNOWN || atMs <= Date.parse(basis.since)) return true;
  return news.frontMs - atMs - basis.usual < CONFIRMED_FOR * forMs;
}

/** Late readings move the beginning, and nothing else. */
function followLate(basis: Basis, observations: readonly Observation[]): Basis {
  const sinceMs = Date.parse(basis.since);
  const [latest] = observations
    .map(({ reading }) => ({ atMs: instantMs(reading.timestamp), seq: reading.seq }))
    .filter(({ atMs }) => atMs > sinceMs)
    .toSorted((a, b) => b.atMs - a.atMs);
  if (latest === undefined) return basis;
  const { atMs, seq } = latest;
  const waitMs = basis.waitMs - (atMs - sinceMs);
  return { ...basis, since: formatTimestamp(atMs), waitMs, level: Math.max(basis.level, seq) };
}

const dueMs = ({ since, waitMs }: Basis, { forMs }: CompiledRule, { gapEndMs }: SiteNews) =>
  Math.max(Date.parse(since) + waitMs, gapEndMs + forMs);

function fire(deviceId: string, basis: Basis, { rule }: CompiledRule, news: SiteNews): SilenceStep {
  const [step] = rule.severity;
  if (step === undefined) throw new RangeError(`Rule ${rule.name} has no severity`);
  const { severity } = step;
  const { since: startedAt } = basis;
  const id = incidentId(news.siteId, deviceId, rule.name, startedAt);
  const value = secondsOf(basis, news);
  const open = { incidentId: id, severity, startedAt, peak: value, span: spanAt(startedAt), basis };
  const firing: Firing = { state: 'firing', mark: markAt(news), ...open };
  return { incident: firing, transition: transitionOf('firing', firing, value, firing.mark.at) };
}

/** @param heard the reading that ends it; without one, the device is given up */
function end(incident: Firing | Recovering, basis: Basis, news: SiteNews, heard?: Observation): SilenceStep {
  const at = heard ? formatTimestamp(instantMs(heard.reading.timestamp)) : formatTimestamp(news.frontMs);
  const heardMs = Date.parse(at) - Date.parse(basis.since);
  const value = heardMs > 0 && heard ? Math.round(heardMs / 1000) : secondsOf(basis, news);
  const span = heard ? widen(incident.span, spanOf(heard.reading)) : incident.span;
  const ended = { ...incident, span, peak: Math.max(value, incident.peak) };
  const transition = transitionOf('resolved', ended, value, at < basis.since ? markAt(news).at : at);
  return {
    incident: { state: 'normal', mark: markAt(news) },
    transition: heard ? transition : { ...transition, note: 'given up' },
  };
}

const transitionOf = (
  status: Transition['status'],
  { incidentId: id, severity, startedAt, peak, span, basis }: Firing | Recovering,
  value: number,
  at: string,
): Transition => ({ status, incidentId: id, severity, startedAt, peak, at, value, span, basis });

/** How long it has been silent, s. */
const secondsOf = ({ since, usual }: Basis, { frontMs }: SiteNews) =>
  Math.max(0, Math.round((frontMs - Date.parse(since) - usual) / 1000));

/** A silence has no reading but the last one, of which only the time is known. */
const spanAt = (at: string): Span => spanOf({ timestamp: at, timestamp_sent: sentHourOf(at) });

const markAt = ({ frontMs, arrived }: SiteNews): Mark => ({
  at: formatTimestamp(frontMs),
  ...{ seq: 0, arrived, turns: 0 },
});
