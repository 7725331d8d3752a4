/**
 * The kind `unusual`: the mean of the last hour is far from what is usual for the device, at two looks in a row. Its
 * model is looked at once a period; only a reading that comes with an outlook is judged, and any other leaves no trace.
 */
import type { Alert } from '../contract/alert.ts';
import { parseDuration } from '../contract/duration.ts';
import { METRIC_FIELDS, type Metric, type Range, valueOfMetric } from '../contract/reading.ts';
import type { UnusualRule } from '../contract/rule.ts';
import { type CompiledKind, NEVER_BREACHES, type Seen, type Step } from './compiled-rule.ts';
import { type Firing, type Incident, isOpen, type Recovering } from './incident.ts';
import { elapsedMs, opened, raised, resolved } from './transition.ts';
import { bandOf, type DatedOutlook, isUnusual, type Limits } from './usual.ts';
import { formatTime, formatValue, inUnit, unitOf, type Words } from './words.ts';

/** The score from which on something is unusual. */
const SCORES: Record<UnusualRule['sensitivity'], number> = { low: 2.8, medium: 2.3, high: 1.9 };

export function compileUnusual(rule: UnusualRule): CompiledKind {
  const { name, metric, sensitivity, direction, minimumChange } = rule;
  const limits = { score: SCORES[sensitivity], direction, minimumChange };
  const keepMs = parseDuration(rule.keepFiringFor);
  return {
    ...{ rule, name, metric, ...NEVER_BREACHES },
    forMs: 0,
    valueOf: (reading) => valueOfMetric(reading, metric),
    isNews: (outlook) => isUnusual(outlook, limits),
    evaluate: (incident, seen) => {
      const { outlook } = seen;
      if (outlook === undefined) return { incident };
      // What people are told of is the hour, not the one reading.
      const judged = { ...seen, value: outlook.level };
      return isUnusual(outlook, limits)
        ? persist(rule, incident, judged, outlook, limits)
        : recover(incident, judged, keepMs);
    },
    comparison: (_, basis) => ({
      operator: 'unusual',
      threshold: sensitivity,
      ...(basis?.band && {
        normal: `${formatValue(basis.band.min)} to ${formatValue(basis.band.max)}`,
        band_min: basis.band.min,
        band_max: basis.band.max,
      }),
    }),
  };
}

/**
 * Begins to suspect, opens an incident, or finds that it goes on. Between two looks nothing is averaged, so that one
 * alone may have met an odd reading.
 */
function persist(
  rule: UnusualRule,
  incident: Incident | undefined,
  seen: Seen,
  outlook: DatedOutlook,
  limits: Limits,
): Step {
  const { value, mark } = seen;
  if (isOpen(incident)) {
    const usual = incident.basis?.usual ?? value;
    const peak = furthest(value, incident.peak, usual);
    if (incident.state === 'firing' && peak === incident.peak) return { incident };
    return { incident: { ...open(incident), state: 'firing', mark, peak } };
  }
  if (incident?.state !== 'pending' || incident.basis === undefined) {
    const band = possible(bandOf(outlook, limits), rule.metric);
    const basis = { since: mark.at, waitMs: 0, level: value, usual: outlook.before.mean, band };
    return { incident: { state: 'pending', mark, window: [], basis } };
  }
  const { basis } = incident;
  // A model that could not be stored looks at the same period again.
  if (outlook.period <= Date.parse(basis.since)) return { incident };
  const peak = furthest(value, basis.level, basis.usual);
  const firing = opened(rule, seen, { startedAt: basis.since, peak, basis });
  return raised('firing', firing, seen);
}

const furthest = (a: number, b: number, from: number) => (Math.abs(a - from) > Math.abs(b - from) ? a : b);

/** The part of a band that the metric can reach. */
const possible = ({ min, max }: Range, metric: Metric): Range => {
  const { range } = METRIC_FIELDS[metric];
  return { min: Math.max(range.min, min), max: Math.min(range.max, max) };
};

/** Usual again, perhaps because it has become usual. */
function recover(incident: Incident | undefined, seen: Seen, keepMs: number): Step {
  const { mark } = seen;
  if (incident?.state === 'pending') return { incident: { state: 'normal', mark } };
  if (!isOpen(incident)) return { incident };
  const wellSince = incident.state === 'recovering' ? incident.wellSince : mark.at;
  if (elapsedMs(wellSince, mark.at) >= keepMs) {
    return resolved(incident, seen);
  }
  if (incident.state === 'recovering') return { incident };
  return { incident: { ...incident, state: 'recovering', mark, wellSince, wellCount: 1 } };
}

function open(incident: Firing | Recovering): Omit<Firing, 'state'> {
  const { incidentId, severity, startedAt, peak, span, basis, mark } = incident;
  return { incidentId, severity, startedAt, peak, span, mark, ...(basis && { basis }) };
}

const hour = (alert: Alert, value: number) =>
  `${alert.metric} has been ${inUnit(alert, value)} over the last hour`;

/** Back within what was normal when it began? Otherwise that is normal by now. */
const isBack = ({ value, band_min, band_max }: Alert) =>
  band_min === undefined || band_max === undefined || (value >= band_min && value <= band_max);

const normal = ({ normal: band, metric }: Alert) => `${band} ${unitOf(metric)}`;

export const unusualWords: Words = {
  what: ({ metric }) => `${metric} unusual`,
  now: (alert) => `${hour(alert, alert.value)}; normally ${normal(alert)}`,
  over: (alert) =>
    isBack(alert)
      ? `${hour(alert, alert.value)}, as normal: ${normal(alert)}`
      : `this has become normal: ${hour(alert, alert.value)}, not ${normal(alert)} as before`,
  lines: (alert) => [
    [
      alert.status === 'resolved' ? 'Now' : 'Value',
      `${hour(alert, alert.value)}, at ${formatTime(alert.at)}`,
    ],
    ['Normal', `${normal(alert)} (mean of an hour, learnt from the days before)`],
    ...(alert.status === 'resolved' ? [['Furthest', inUnit(alert, alert.peak)] as [string, string]] : []),
  ],
  columns: (alert) => [
    [`Hour ${unitOf(alert.metric)}`, formatValue(alert.value)],
    ['Normal', alert.normal ?? ''],
  ],
};
