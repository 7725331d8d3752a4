/**
 * The kind `noisy`: steps from one reading to the next that are much larger than is usual for the device. The memory of
 * an environment counts them until there are enough; from then on, every environment goes by the limit in the item.
 */
import { valueOfMetric } from '../contract/reading.ts';
import type { NoisyRule } from '../contract/rule.ts';
import { type CompiledRule, NEVER_BREACHES, type Seen, type Step, type Suspicion } from './compiled-rule.ts';
import type { Basis, Firing, Incident, Recovering } from './incident.ts';
import { elapsedMs, opened, transition } from './transition.ts';
import { formatTime, formatValue, inUnit, unitOf, type Words } from './words.ts';

export function compileNoisy(rule: NoisyRule): Omit<CompiledRule, 'appliesTo'> {
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
  if (incident?.state === 'firing' || incident?.state === 'recovering') {
    const { step } = seen;
    if (step === undefined || incident.basis === undefined) return { incident };
    if (step <= incident.basis.level) return recover(incident, { ...seen, value: step }, incident.basis);
    if (incident.state === 'firing') return { incident };
    const { wellSince: _, wellCount: __, ...open } = incident;
    return { incident: { ...open, state: 'firing', mark: seen.mark } };
  }
  return seen.suspicion ? fire(rule, seen.suspicion, seen) : { incident };
}

function fire(rule: NoisyRule, { basis, value }: Suspicion, seen: Seen): Step {
  const firing = opened(rule, seen, { startedAt: basis.since, peak: value, basis });
  return { incident: firing, transition: transition('firing', firing, { ...seen, value }) };
}

/** Small steps are counted by time, so that not each of them is written. */
function recover(incident: Firing | Recovering, seen: Seen, { waitMs }: Basis): Step {
  const { mark } = seen;
  if (incident.state === 'firing') {
    return { incident: { ...incident, state: 'recovering', mark, wellSince: mark.at, wellCount: 1 } };
  }
  if (elapsedMs(incident.wellSince, mark.at) < waitMs) return { incident };
  const last = { ...incident, mark };
  return { incident: { state: 'normal', mark }, transition: transition('resolved', last, seen) };
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
