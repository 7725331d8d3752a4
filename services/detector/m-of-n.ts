/**
 * The state machine of rules that judge each value by itself: M of N, `for`, the ladder, `datapointsToClear`. The table
 * of transitions and the invariant that every branch here must keep are in incident.ts.
 */
import { SEVERITIES, type Severity } from '../contract/threshold.ts';
import type { Seen, Step } from './compiled-rule.ts';
import {
  type Firing,
  type Held,
  type Incident,
  incidentId,
  type Pending,
  type Recovering,
} from './incident.ts';
import { spanOf, widen } from './span.ts';
import { elapsedMs, raised, resolved } from './transition.ts';

/** What a rule makes of values. */
export interface Terms {
  readonly name: string;
  /** N, M and the durations of the rule, defaults filled in. */
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly forMs: number;
  readonly datapointsToClear: number;
  readonly keepFiringForMs: number;
  breaches(value: number): boolean;
  /** Back past the recovery threshold. Between the two thresholds a value neither breaches nor is well. */
  isWell(value: number): boolean;
  /** Is `a` further past the threshold than `b`? */
  isWorse(a: number, b: number): boolean;
  /** The highest step of the ladder that `value` has passed. */
  severityOf(value: number): Severity;
}

/** One value further. */
export function evaluateByValue(terms: Terms, incident: Incident | undefined, seen: Seen): Step {
  switch (incident?.state) {
    case 'firing':
    case 'recovering':
      return terms.isWell(seen.value) ? recover(incident, seen, terms) : persist(incident, seen, terms);
    default:
      if (incident?.state !== 'pending' && !terms.breaches(seen.value)) return { incident };
      return watch(incident, seen, terms);
  }
}

/** normal → pending, pending → normal, and either → firing. */
function watch(incident: Incident | undefined, seen: Seen, rule: Terms): Step {
  const { reading, value, mark } = seen;
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
  const id = incidentId(reading.site_id, reading.device_id, rule.name, startedAt, mark);
  const firing: Firing = { state: 'firing', mark, incidentId: id, severity, startedAt, peak, span };
  return raised('firing', firing, seen);
}

/** What the next reading will be counted with: the latest N − 1 readings, from the first breach among them on. */
function sinceFirstBreach(window: Pending['window'], rule: Terms): Pending['window'] {
  const counting = window.slice(Math.max(0, window.length - (rule.evaluationPeriods - 1)));
  const first = counting.findIndex((sample) => rule.breaches(sample.value));
  return first === -1 ? [] : counting.slice(first);
}

function hold(
  held: Held | undefined,
  breaching: Pending['window'],
  at: string,
  value: number,
  rule: Terms,
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
function isSameHold(before: Pending, after: Pending, rule: Terms): boolean {
  const outcomes = (window: Pending['window']) => window.map(({ value }) => rule.breaches(value)).join();
  return before.held === after.held && outcomes(before.window) === outcomes(after.window);
}

/** Not well while an incident is open: firing goes on, recovering falls back, either may escalate. */
function persist(incident: Firing | Recovering, seen: Seen, rule: Terms): Step {
  const { value, mark } = seen;
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
  return raised('escalated', firing, seen);
}

/** Well while an incident is open: count, and end it when it has been well often and long enough. */
function recover(incident: Firing | Recovering, seen: Seen, rule: Terms): Step {
  const { mark } = seen;
  const { at } = mark;
  const before = incident.state === 'recovering' ? incident : undefined;
  const wellSince = before?.wellSince ?? at;
  const wellCount = Math.min((before?.wellCount ?? 0) + 1, rule.datapointsToClear);
  if (wellCount >= rule.datapointsToClear && elapsedMs(wellSince, at) >= rule.keepFiringForMs) {
    return resolved(incident, seen);
  }
  if (before?.wellCount === wellCount) return { incident };
  return { incident: { ...incident, state: 'recovering', mark, wellSince, wellCount } };
}

/** The same object when `value` is neither a new peak nor a higher severity: severity only rises. */
function worsen<T extends { peak: number; severity: Severity }>(known: T, value: number, rule: Terms): T {
  const peak = rule.isWorse(value, known.peak) ? value : known.peak;
  const reached = rule.severityOf(value);
  const severity =
    SEVERITIES.indexOf(reached) > SEVERITIES.indexOf(known.severity) ? reached : known.severity;
  return peak === known.peak && severity === known.severity ? known : { ...known, peak, severity };
}
