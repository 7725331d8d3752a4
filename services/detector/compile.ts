/** Rules made ready to run: durations in ms, patterns compiled, limits as functions. Once per cold start. */
import { parseDuration } from '../contract/duration.ts';
import { breaches, formatLimit, type Limit } from '../contract/limit.ts';
import { METRICS, type Metric, type Reading } from '../contract/reading.ts';
import type { Rule, Severity } from '../contract/rule.ts';

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
  breaches(value: number): boolean;
  /** Back past the recovery threshold. Between the two limits a value neither breaches nor is well. */
  isWell(value: number): boolean;
  /** Is `a` further out than `b`? */
  isWorse(a: number, b: number): boolean;
  /** The highest step of the ladder that `value` has passed. */
  severityOf(value: number): Severity;
  /** The limit of a severity, as a person reads it. */
  thresholdOf(severity: Severity): string;
  appliesTo(siteId: string, deviceId: string): boolean;
}

export function compileRule(rule: Rule): CompiledRule {
  const { operator, threshold, recoveryThreshold = threshold } = rule;
  const ladder = rule.severity.map((step) => ({
    severity: step.severity,
    limit: step.threshold ?? threshold,
  }));
  const [mildest] = ladder;
  if (mildest === undefined) throw new RangeError(`Rule ${rule.name} has no severity`);
  return {
    rule,
    name: rule.name,
    metric: rule.metric,
    evaluationPeriods: rule.evaluationPeriods,
    datapointsToAlarm: rule.datapointsToAlarm ?? rule.evaluationPeriods,
    forMs: parseDuration(rule.for ?? '0s'),
    datapointsToClear: rule.datapointsToClear,
    keepFiringForMs: parseDuration(rule.keepFiringFor ?? '0s'),
    breaches: (value) => breaches(operator, threshold, value),
    isWell: (value) => !breaches(operator, recoveryThreshold, value),
    isWorse: (a, b) => distance(threshold, operator, a) > distance(threshold, operator, b),
    severityOf: (value) =>
      (ladder.findLast(({ limit }) => breaches(operator, limit, value)) ?? mildest).severity,
    thresholdOf: (severity) =>
      formatLimit((ladder.find((step) => step.severity === severity) ?? mildest).limit),
    appliesTo: compileSelector(rule.selector),
  };
}

/** How far out a value is; negative inside. */
function distance(limit: Limit, operator: Rule['operator'], value: number): number {
  if (typeof limit !== 'number') return Math.max(limit.min - value, value - limit.max);
  return operator === '>' || operator === '>=' ? value - limit : limit - value;
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
  const [temperature, cpu, ram, hd] = METRICS.map((metric) => quietRange(rules, metric)) as [
    Range,
    Range,
    Range,
    Range,
  ];
  return (reading) =>
    reading.temperature > temperature.min &&
    reading.temperature < temperature.max &&
    reading.cpu > cpu.min &&
    reading.cpu < cpu.max &&
    reading.ram > ram.min &&
    reading.ram < ram.max &&
    reading.hd > hd.min &&
    reading.hd < hd.max;
}

interface Range {
  min: number;
  max: number;
}

function quietRange(rules: readonly CompiledRule[], metric: Metric): Range {
  let min = Number.NEGATIVE_INFINITY;
  let max = Number.POSITIVE_INFINITY;
  for (const { rule } of rules) {
    if (rule.metric !== metric) continue;
    const limit = rule.threshold;
    if (typeof limit !== 'number') {
      min = Math.max(min, limit.min);
      max = Math.min(max, limit.max);
    } else if (rule.operator === '>' || rule.operator === '>=') max = Math.min(max, limit);
    else min = Math.max(min, limit);
  }
  return { min, max };
}
