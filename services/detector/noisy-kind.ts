/**
 * The kind `noisy`: steps from one reading to the next that are much larger than is usual for the device. The memory of
 * an environment counts them until there are enough to suspect it; from then on, every environment goes by the step in
 * the item, and one more that is larger confirms it. One that is much larger than those before does not: that is the way back
 * from another level, at which the sensor was restless.
 */
import { valueOfMetric } from '../contract/reading.ts';
import type { NoisyRule } from '../contract/rule.ts';
import { type CompiledKind, NEVER_BREACHES, type Seen, type Step } from './compiled-rule.ts';
import type { Basis, Firing, Incident, Recovering } from './incident.ts';
import { elapsedMs, opened, raised, resolved } from './transition.ts';
import { formatTime, formatValue, inUnit, unitOf, type Words } from './words.ts';

export function compileNoisy(rule: NoisyRule): CompiledKind {
  const { name, metric } = rule;
  return {
    ...{ rule, name, metric, ...NEVER_BREACHES, forMs: 0 },
    valueOf: (reading) => valueOfMetric(reading, metric),
    evaluate: (incident, seen) => evaluate(rule, incident, seen),
    comparison: (_, basis) => ({
      operator: 'noisy',
      threshold: basis ? formatValue(basis.level) : '',
      ...(basis && { normal: formatValue(basis.usual) }),
    }),
  };
}

function evaluate(rule: NoisyRule, incident: Incident | undefined, seen: Seen): Step {
  const { step, mark, suspicion } = seen;
  if (incident === undefined || incident.state === 'normal') {
    if (suspicion === undefined) return { incident };
    return { incident: { state: 'pending', mark, window: [], basis: suspicion.basis } };
  }
  const { basis } = incident;
  if (step === undefined || basis === undefined) return { incident };
  const isLarge = step > basis.level;
  switch (incident.state) {
    case 'pending':
      if (isLarge && !isJump(step, basis))
        return fire(rule, basis, { ...seen, value: suspicion?.value ?? step });
      return elapsedMs(incident.mark.at, mark.at) < basis.waitMs
        ? { incident }
        : { incident: { state: 'normal', mark } };
    case 'firing':
      return isLarge ? { incident } : recover(incident, { ...seen, value: step }, basis);
    case 'recovering': {
      if (!isLarge) return recover(incident, { ...seen, value: step }, basis);
      const { wellSince: _, wellCount: __, ...open } = incident;
      return { incident: { ...open, state: 'firing', mark } };
    }
  }
}

/** A step so many times the mean of the large ones is a jump to another level. */
const JUMP = 3;
const isJump = (step: number, { mean }: Basis) => mean !== undefined && step > JUMP * mean;

function fire(rule: NoisyRule, basis: Basis, seen: Seen): Step {
  return raised('firing', opened(rule, seen, { startedAt: basis.since, peak: seen.value, basis }), seen);
}

/** Small steps are counted by time, so that not each of them is written. */
function recover(incident: Firing | Recovering, seen: Seen, { waitMs }: Basis): Step {
  const { mark } = seen;
  if (incident.state === 'firing') {
    return { incident: { ...incident, state: 'recovering', mark, wellSince: mark.at, wellCount: 1 } };
  }
  if (elapsedMs(incident.wellSince, mark.at) < waitMs) return { incident };
  return resolved(incident, seen);
}

export const noisyWords: Words = {
  what: ({ metric }) => `${metric} noisy`,
  now: (alert) => `mean step ${inUnit(alert, alert.value)}; normally ${alert.normal}`,
  over: (alert) => `mean step was ${inUnit(alert, alert.peak)}, now ${formatValue(alert.value)}`,
  lines: (alert) => [
    [
      'Step',
      `${alert.metric} changes by ${inUnit(alert, alert.value)} a reading, at ${formatTime(alert.at)}`,
    ],
    ['Normal', `${alert.normal} ${unitOf(alert.metric)}, at most ${alert.threshold}`],
    ...(alert.status === 'resolved' ? [['Noise', inUnit(alert, alert.peak)] as [string, string]] : []),
  ],
  columns: (alert) => [
    [`Step ${unitOf(alert.metric)}`, formatValue(alert.peak)],
    ['Normal', alert.normal ?? ''],
  ],
};
