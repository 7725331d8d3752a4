/** The kind `threshold`: each reading by itself, against an operator and a ladder. */
import type { Alert } from '../contract/alert.ts';
import { parseDuration } from '../contract/duration.ts';
import { valueOfMetric } from '../contract/reading.ts';
import type { ThresholdRule } from '../contract/rule.ts';
import { breachTest, distancePast, formatThreshold, quietRange } from '../contract/threshold.ts';
import type { CompiledKind } from './compiled-rule.ts';
import { evaluateByValue, type Terms } from './m-of-n.ts';
import { formatTime, formatValue, inUnit, unitOf, type Words } from './words.ts';

type Compiled = CompiledKind;

export function compileThreshold(rule: ThresholdRule): Compiled {
  const { name, metric, operator, threshold } = rule;
  const ladder = rule.severity.map((step) => {
    const reached = step.threshold ?? threshold;
    return { severity: step.severity, threshold: reached, breaches: breachTest(operator, reached) };
  });
  const [mildest] = ladder;
  if (mildest === undefined) throw new RangeError(`Rule ${name} has no severity`);
  const isUnwell = breachTest(operator, rule.recoveryThreshold ?? threshold);
  const distance = distancePast(operator, threshold);
  const terms: Terms = {
    name,
    evaluationPeriods: rule.evaluationPeriods,
    datapointsToAlarm: rule.datapointsToAlarm ?? rule.evaluationPeriods,
    forMs: parseDuration(rule.for ?? '0s'),
    datapointsToClear: rule.datapointsToClear,
    keepFiringForMs: parseDuration(rule.keepFiringFor ?? '0s'),
    breaches: breachTest(operator, threshold),
    isWell: (value) => !isUnwell(value),
    isWorse: (a, b) => distance(a) > distance(b),
    severityOf: (value) => (ladder.findLast((step) => step.breaches(value)) ?? mildest).severity,
  };
  const { forMs, breaches, isWorse } = terms;
  return {
    ...{ rule, name, metric, forMs, breaches, isWorse },
    quietRange: quietRange(operator, threshold),
    valueOf: (reading) => valueOfMetric(reading, metric),
    evaluate: (incident, seen) => evaluateByValue(terms, incident, seen),
    comparison: (severity) => ({
      operator,
      threshold: formatThreshold((ladder.find((step) => step.severity === severity) ?? mildest).threshold),
    }),
  };
}

const condition = ({ metric, operator, threshold }: Alert) => `${operator} ${threshold} ${unitOf(metric)}`;

export const thresholdWords: Words = {
  what: (alert) => `${alert.metric} ${condition(alert)}`,
  now: (alert) => `${alert.metric} ${inUnit(alert, alert.value)}, threshold ${condition(alert)}`,
  over: (alert) => `${alert.metric} ${inUnit(alert, alert.value)}, peak ${inUnit(alert, alert.peak)}`,
  lines(alert) {
    const when = alert.status === 'resolved' ? '' : `, at ${formatTime(alert.at)}`;
    return [
      ['Value', `${alert.metric} ${inUnit(alert, alert.value)}${when}`],
      ['Threshold', condition(alert)],
      ['Peak', inUnit(alert, alert.peak)],
    ];
  },
  columns: ({ metric, value, peak }) => [
    [`Value ${unitOf(metric)}`, formatValue(value)],
    [`Peak ${unitOf(metric)}`, formatValue(peak)],
  ],
};
