/** Rules made ready to run: durations in ms, patterns compiled, thresholds as functions. Once per cold start. */
import { parseDuration } from '../contract/duration.ts';
import { METRICS, type Metric, type Range, type Reading, valueOfMetric } from '../contract/reading.ts';
import type { Rule, Severity } from '../contract/rule.ts';
import { breachTest, distancePast, formatThreshold, quietRange } from '../contract/threshold.ts';

export interface CompiledRule {
  readonly rule: Rule;
  readonly name: string;
  readonly metric: Metric;
  /** N, M and the durations of the rule, defaults filled in. */
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly forMs: number;
  readonly datapointsToClear: number;
  readonly keepFiringForMs: number;
  /** What the rule looks at; undefined where the reading has nothing for it. */
  valueOf(reading: Reading): number | undefined;
  breaches(value: number): boolean;
  /** No value strictly between these two breaches. */
  readonly quietRange: Range;
  /** Back past the recovery threshold. Between the two thresholds a value neither breaches nor is well. */
  isWell(value: number): boolean;
  /** Is `a` further past the threshold than `b`? */
  isWorse(a: number, b: number): boolean;
  /** The highest step of the ladder that `value` has passed. */
  severityOf(value: number): Severity;
  /** The threshold of a severity, as a person reads it. */
  thresholdOf(severity: Severity): string;
  appliesTo(siteId: string, deviceId: string): boolean;
}

export function compileRule(rule: Rule): CompiledRule {
  const { metric, operator, threshold } = rule;
  const ladder = rule.severity.map((step) => {
    const reached = step.threshold ?? threshold;
    return { severity: step.severity, threshold: reached, breaches: breachTest(operator, reached) };
  });
  const [mildest] = ladder;
  if (mildest === undefined) throw new RangeError(`Rule ${rule.name} has no severity`);
  const isUnwell = breachTest(operator, rule.recoveryThreshold ?? threshold);
  const distance = distancePast(operator, threshold);
  return {
    rule,
    name: rule.name,
    metric,
    evaluationPeriods: rule.evaluationPeriods,
    datapointsToAlarm: rule.datapointsToAlarm ?? rule.evaluationPeriods,
    forMs: parseDuration(rule.for ?? '0s'),
    datapointsToClear: rule.datapointsToClear,
    keepFiringForMs: parseDuration(rule.keepFiringFor ?? '0s'),
    valueOf: (reading) => valueOfMetric(reading, metric),
    breaches: breachTest(operator, threshold),
    quietRange: quietRange(operator, threshold),
    isWell: (value) => !isUnwell(value),
    isWorse: (a, b) => distance(a) > distance(b),
    severityOf: (value) => (ladder.findLast((step) => step.breaches(value)) ?? mildest).severity,
    thresholdOf: (severity) =>
      formatThreshold((ladder.find((step) => step.severity === severity) ?? mildest).threshold),
    appliesTo: compileSelector(rule.selector),
  };
}

/** Does the rule call this reading a breach? */
export function isBreach(reading: Reading, rule: CompiledRule): boolean {
  const value = rule.valueOf(reading);
  return value !== undefined && rule.breaches(value);
}

function compileSelector(selector: Rule['selector']): CompiledRule['appliesTo'] {
  const sites = selector?.sites?.map(globPattern);
  const devices = selector?.devices?.map(globPattern);
  return (siteId, deviceId) =>
    (sites?.some((pattern) => pattern.test(siteId)) ?? true) &&
    (devices?.some((pattern) => pattern.test(deviceId)) ?? true);
}

/** `*` is any run of characters, `?` any one; the contract admits nothing else that a RegExp would read. */
function globPattern(glob: string): RegExp {
  return new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/**
 * A test that a reading passes when surely no rule calls it a breach. Folding all rules into one open range per
 * metric makes a quiet reading cost the same under one rule and under a hundred.
 */
export function quietTest(rules: readonly CompiledRule[]): (reading: Reading) => boolean {
  const watched = METRICS.flatMap((metric) => {
    const ranges = rules.filter((rule) => rule.metric === metric).map((rule) => rule.quietRange);
    if (ranges.length === 0) return [];
    const min = Math.max(...ranges.map((range) => range.min));
    const max = Math.min(...ranges.map((range) => range.max));
    return [{ metric, min, max }];
  });
  return (reading) => {
    for (const { metric, min, max } of watched) {
      const value = reading[metric];
      if (typeof value === 'number' && !(value > min && value < max)) return false;
    }
    return true;
  };
}
