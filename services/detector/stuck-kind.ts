/**
 * The kind `stuck`: a value that does not change for much longer than is usual for the device. The memory of an
 * environment suspects it; here it is confirmed, by every environment alike, from what the item holds. Equal readings
 * leave no trace.
 */
import type { Alert } from '../contract/alert.ts';
import { describeLength, parseDuration } from '../contract/duration.ts';
import { valueOfMetric } from '../contract/reading.ts';
import type { StuckRule } from '../contract/rule.ts';
import { type CompiledKind, NEVER_BREACHES, type Seen, type Step } from './compiled-rule.ts';
import type { Basis, Incident } from './incident.ts';
import { SUSPECTED_SHARE } from './metric-memory.ts';
import { elapsedMs, opened, raised, resolved } from './transition.ts';
import { formatTime, inUnit, lastedMs, unitOf, type Words } from './words.ts';

export function compileStuck(rule: StuckRule): CompiledKind {
  const { name, metric } = rule;
  return {
    ...{ rule, name, metric, ...NEVER_BREACHES },
    forMs: parseDuration(rule.for),
    valueOf: (reading) => valueOfMetric(reading, metric),
    evaluate: (incident, seen) => evaluate(rule, incident, seen),
    comparison: (_, basis) => ({
      operator: 'stuck',
      threshold: basis ? describeLength(basis.waitMs) : rule.for,
      ...(basis && { normal: `${describeLength(basis.usual)} at most` }),
    }),
  };
}

function evaluate(rule: StuckRule, incident: Incident | undefined, seen: Seen): Step {
  const { value, mark, suspicion } = seen;
  switch (incident?.state) {
    case 'firing':
    case 'recovering':
      if (value === incident.basis?.level) return { incident };
      return resolved(incident, seen);
    case 'pending':
      if (value !== incident.basis?.level) return { incident: { state: 'normal', mark } };
      return isDue(incident.basis, mark.at) ? fire(rule, incident.basis, seen) : { incident };
    default: {
      const basis = suspicion && suspected(suspicion.basis, parseDuration(rule.for), incident, mark.at);
      if (basis === undefined) return { incident };
      if (isDue(basis, mark.at)) return fire(rule, basis, seen);
      return { incident: { state: 'pending', mark, window: [], basis } };
    }
  }
}

/**
 * What an environment suspects, as far as the item does not know better: until the mark of a tombstone, other
 * environments have seen other values. Then it takes as long again until it is suspected again.
 */
function suspected(
  basis: Basis,
  forMs: number,
  tombstone: Incident | undefined,
  at: string,
): Basis | undefined {
  const waitMs = Math.max(basis.waitMs, forMs);
  const since = tombstone && tombstone.mark.at > basis.since ? tombstone.mark.at : basis.since;
  if (since !== basis.since && elapsedMs(since, at) < SUSPECTED_SHARE * waitMs) return undefined;
  return { ...basis, since, waitMs };
}

const isDue = ({ since, waitMs }: Basis, at: string) => elapsedMs(since, at) >= waitMs;

function fire(rule: StuckRule, basis: Basis, seen: Seen): Step {
  return raised('firing', opened(rule, seen, { startedAt: basis.since, peak: seen.value, basis }), seen);
}

const unchanged = (alert: Alert) =>
  `${inUnit(alert, alert.peak)} unchanged for ${describeLength(lastedMs(alert))}`;

export const stuckWords: Words = {
  what: ({ metric }) => `${metric} stuck`,
  now: (alert) => `${unchanged(alert)}; usually for ${alert.normal}`,
  over: (alert) => `${unchanged(alert)}, now ${inUnit(alert, alert.value)}`,
  lines: (alert) => [
    ['Value', `${alert.metric} ${unchanged(alert)}, until ${formatTime(alert.at)}`],
    ['Normal', `the same value for ${alert.normal}`],
    ...(alert.status === 'resolved' ? [['Now', inUnit(alert, alert.value)] as [string, string]] : []),
  ],
  columns: (alert) => [
    [`Stuck at ${unitOf(alert.metric)}`, inUnit(alert, alert.peak)],
    ['For', describeLength(lastedMs(alert))],
  ],
};
