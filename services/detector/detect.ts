/**
 * The detector's core: a pure fold of one device's readings, under one rule, into incidents. The table of
 * transitions and the invariant that every branch here must keep are in incident.ts.
 */
import type { AlertStatus } from '../contract/alert.ts';
import type { Reading } from '../contract/reading.ts';
import { SEVERITIES, type Severity } from '../contract/rule.ts';
import { instantMs } from '../contract/time.ts';
import type { CompiledRule } from './compile.ts';
import {
  type Firing,
  type Held,
  type Incident,
  incidentId,
  onClockOf,
  type Pending,
  type Recovering,
} from './incident.ts';
import { type Mark, moveMark, placeOf, sightingOf } from './mark.ts';
import { type Span, spanOf, widen } from './span.ts';

/** A change that people hear of. */
export interface Transition {
  status: AlertStatus;
  incidentId: string;
  severity: Severity;
  startedAt: string;
  peak: number;
  /** The reading that caused it. */
  at: string;
  value: number;
  /** Of that reading, and of those that opened the incident. */
  span: Span;
}

export interface Step {
  /** The very object that came in when the reading changed nothing. */
  incident: Incident | undefined;
  transition?: Transition;
  /** The reading came late or twice, and was not evaluated. */
  late?: true;
  /** The device's clock had been set back before this reading. */
  setBack?: true;
}

/**
 * One reading further. Pure: the same arguments always give the same step.
 * @param incident what is known so far; `undefined` when nothing has been wrong
 * @param arrived when the stream took the reading's record, seconds since the epoch; if unknown, when it was made
 * @param restarted is the device known to have begun again, so that this reading is not late?
 */
export function detect(
  incident: Incident | undefined,
  reading: Reading,
  rule: CompiledRule,
  arrived = instantMs(reading.timestamp) / 1000,
  restarted = false,
): Step {
  const value = rule.valueOf(reading);
  if (value === undefined) return { incident };
  const seen = sightingOf(reading, arrived);
  if (incident === undefined) return evaluate(incident, reading, value, rule, moveMark(undefined, seen));
  const place = restarted ? 'set-back' : placeOf(incident.mark, seen);
  if (place === 'late') return { incident, late: true };
  if (place === 'next') return evaluate(incident, reading, value, rule, moveMark(incident.mark, seen));
  const known = onClockOf(incident, seen);
  return { ...evaluate(known, reading, value, rule, known.mark), setBack: true };
}

/** @param mark where the incident stands if the reading matters */
function evaluate(
  incident: Incident | undefined,
  reading: Reading,
  value: number,
  rule: CompiledRule,
  mark: Mark,
): Step {
  switch (incident?.state) {
    case 'firing':
    case 'recovering':
      return rule.isWell(value)
        ? recover(incident, reading, value, rule, mark)
        : persist(incident, reading, value, rule, mark);
    default:
      if (incident?.state !== 'pending' && !rule.breaches(value)) return { incident };
      return watch(incident, reading, value, rule, mark);
  }
}

/** normal → pending, pending → normal, and either → firing. */
function watch(
  incident: Incident | undefined,
  reading: Reading,
  value: number,
  rule: CompiledRule,
  mark: Mark,
): Step {
  const { at } = mark;
  const pending = incident?.state === 'pending' ? incident : undefined;
  const sample = { at, value, span: spanOf(reading) };
  const window = [...(pending?.window ?? []), sample].slice(-rule.evaluationPeriods);
  const breaching = window.filter((sample) => rule.breaches(sample.value));
  const [first] = breaching;
  if (first === undefined || breaching.length < rule.datapointsToAlarm) {
    const remembered = sinceFirstBreach(window, rule);
    if (remembered.length === 0) return { incident: { state: 'normal', mark } };
    return { incident: { state: 'pending', mark, window: remembered } };
  }

  const held = hold(pending?.held, breaching, at, value, rule);
  if (elapsedMs(held.since, at) < rule.forMs) {
    const next: Pending = { state: 'pending', mark, window: sinceFirstBreach(window, rule), held };
    return { incident: pending !== undefined && isSameHold(pending, next, rule) ? pending : next };
  }
  const { startedAt, peak, severity } = held;
  const span = breaching.reduce((known, sample) => widen(known, sample.span), held.span);
  const id = incidentId(reading.site_id, reading.device_id, rule.name, startedAt, mark.turns);
  const firing: Firing = { state: 'firing', mark, incidentId: id, severity, startedAt, peak, span };
  return { incident: firing, transition: transition('firing', firing, reading, value) };
}

/** What the next reading will be counted with: the latest N − 1 readings, from the first breach among them on. */
function sinceFirstBreach(window: Pending['window'], rule: CompiledRule): Pending['window'] {
  const counting = window.slice(Math.max(0, window.length - (rule.evaluationPeriods - 1)));
  const first = counting.findIndex((sample) => rule.breaches(sample.value));
  return first === -1 ? [] : counting.slice(first);
}

function hold(
  held: Held | undefined,
  breaching: Pending['window'],
  at: string,
  value: number,
  rule: CompiledRule,
): Held {
  if (held === undefined) {
    const [first, ...others] = breaching as [Pending['window'][number], ...Pending['window']];
    return others.reduce<Held>((worst, sample) => worsen(worst, sample.value, rule), {
      since: at,
      startedAt: first.at,
      peak: first.value,
      severity: rule.severityOf(first.value),
      span: others.reduce((known, sample) => widen(known, sample.span), first.span),
    });
  }
  return rule.breaches(value) ? worsen(held, value, rule) : held;
}

/** Does the next reading find the same counts, peak and start as before this one? Then this one changed nothing. */
function isSameHold(before: Pending, after: Pending, rule: CompiledRule): boolean {
  const outcomes = (window: Pending['window']) => window.map(({ value }) => rule.breaches(value)).join();
  return before.held === after.held && outcomes(before.window) === outcomes(after.window);
}

/** Not well while an incident is open: firing goes on, recovering falls back, either may escalate. */
function persist(
  incident: Firing | Recovering,
  reading: Reading,
  value: number,
  rule: CompiledRule,
  mark: Mark,
): Step {
  const worse = rule.breaches(value) ? worsen(incident, value, rule) : incident;
  if (worse === incident && incident.state === 'firing') return { incident };
  const firing: Firing = {
    state: 'firing',
    mark,
    incidentId: incident.incidentId,
    severity: worse.severity,
    startedAt: incident.startedAt,
    peak: worse.peak,
    span: incident.span,
  };
  if (firing.severity === incident.severity) return { incident: firing };
  return { incident: firing, transition: transition('escalated', firing, reading, value) };
}

/** Well while an incident is open: count, and end it when it has been well often and long enough. */
function recover(
  incident: Firing | Recovering,
  reading: Reading,
  value: number,
  rule: CompiledRule,
  mark: Mark,
): Step {
  const { at } = mark;
  const before = incident.state === 'recovering' ? incident : undefined;
  const wellSince = before?.wellSince ?? at;
  const wellCount = Math.min((before?.wellCount ?? 0) + 1, rule.datapointsToClear);
  if (wellCount >= rule.datapointsToClear && elapsedMs(wellSince, at) >= rule.keepFiringForMs) {
    const last = { ...incident, mark };
    return { incident: { state: 'normal', mark }, transition: transition('resolved', last, reading, value) };
  }
  if (before?.wellCount === wellCount) return { incident };
  return { incident: { ...incident, state: 'recovering', mark, wellSince, wellCount } };
}

/** The same object when `value` is neither a new peak nor a higher severity: severity only rises. */
function worsen<T extends { peak: number; severity: Severity }>(
  known: T,
  value: number,
  rule: CompiledRule,
): T {
  const peak = rule.isWorse(value, known.peak) ? value : known.peak;
  const reached = rule.severityOf(value);
  const severity =
    SEVERITIES.indexOf(reached) > SEVERITIES.indexOf(known.severity) ? reached : known.severity;
  return peak === known.peak && severity === known.severity ? known : { ...known, peak, severity };
}

function transition(
  status: AlertStatus,
  incident: Firing | Recovering,
  reading: Reading,
  value: number,
): Transition {
  const { incidentId: id, severity, startedAt, peak, mark } = incident;
  const span = widen(incident.span, spanOf(reading));
  return { status, incidentId: id, severity, startedAt, peak, at: mark.at, value, span };
}

const elapsedMs = (from: string, to: string) => Date.parse(to) - Date.parse(from);
