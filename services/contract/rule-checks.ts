/** What no schema of one field can see in a threshold rule: parts that could never fire, never end, or never matter. */
import { parseDuration } from './duration.ts';
import { METRIC_FIELDS, type Metric } from './reading.ts';
import { MAX_RULE_DURATION, type RuleProblem } from './rule-parts.ts';
import {
  breachTest,
  explainThreshold,
  formatThreshold,
  isFurther,
  isRising,
  isSameThreshold,
  type Operator,
  type Severity,
  sticksOut,
  type Threshold,
} from './threshold.ts';

/** The parts of a rule that must fit together. */
interface CheckedRule {
  metric: Metric;
  operator: Operator;
  threshold: Threshold;
  recoveryThreshold?: Threshold | undefined;
  evaluationPeriods: number;
  datapointsToAlarm?: number | undefined;
  for?: string | undefined;
  datapointsToClear: number;
  keepFiringFor?: string | undefined;
  severity: { severity: Severity; threshold?: Threshold | undefined }[];
}

export function explainRule(rule: CheckedRule): RuleProblem[] {
  const shapes = thresholdShapes(rule);
  // Comparing a number with a range would only add confusing second messages.
  const thresholds = shapes.length > 0 ? [] : [...recovery(rule), ...ladder(rule), ...reach(rule)];
  return [...shapes, ...thresholds, ...counting(rule), ...durations(rule)];
}

/** Every threshold must be of the operator's kind: a range for `outside`, a number otherwise. */
function thresholdShapes(rule: CheckedRule): RuleProblem[] {
  const thresholds = [
    { path: ['threshold'], threshold: rule.threshold },
    { path: ['recoveryThreshold'], threshold: rule.recoveryThreshold },
    ...ladderThresholds(rule),
  ];
  return thresholds.flatMap(({ path, threshold }) => {
    const message = threshold === undefined ? undefined : explainThreshold(rule.operator, threshold);
    return message === undefined ? [] : [{ path, message }];
  });
}

const ladderThresholds = ({ severity }: CheckedRule) =>
  severity.map(({ threshold }, i) => ({ path: ['severity', i, 'threshold'], threshold }));

function recovery({ operator, threshold, recoveryThreshold }: CheckedRule): RuleProblem[] {
  if (recoveryThreshold === undefined || !sticksOut(operator, recoveryThreshold, threshold)) return [];
  const expected =
    operator === 'outside'
      ? `a range within ${formatThreshold(threshold)}`
      : `at ${isRising(operator) ? 'most' : 'least'} the threshold ${formatThreshold(threshold)}`;
  const message = `Expected ${expected}, got ${formatThreshold(recoveryThreshold)}: an incident would end while the reading still breaches`;
  return [{ path: ['recoveryThreshold'], message }];
}

function ladder({ operator, threshold, severity }: CheckedRule): RuleProblem[] {
  const problems: RuleProblem[] = [];
  let below = threshold;
  for (const [i, step] of severity.entries()) {
    const at = ['severity', i, 'threshold'];
    const previous = severity[i - 1];
    if (previous === undefined) {
      if (step.threshold !== undefined && !isSameThreshold(step.threshold, threshold)) {
        problems.push({
          path: at,
          message: `Expected the threshold of the rule, ${formatThreshold(threshold)}, or nothing, got ${formatThreshold(step.threshold)}: the first step begins where the rule does`,
        });
      }
      continue;
    }
    // There are two severities, so "rising" means warning before critical.
    if (!(previous.severity === 'warning' && step.severity === 'critical')) {
      problems.push({
        path: ['severity', i, 'severity'],
        message: `Expected severities to rise from warning to critical, got ${step.severity} after ${previous.severity}`,
      });
    }
    if (step.threshold === undefined) {
      problems.push({
        path: at,
        message: 'Expected a threshold: only the first step takes that of the rule',
      });
    } else if (!isFurther(operator, step.threshold, below)) {
      problems.push({
        path: at,
        message: `Expected a threshold further out than ${formatThreshold(below)}, got ${formatThreshold(step.threshold)}: this step could never be told from the one before`,
      });
    }
    below = step.threshold ?? below;
  }
  return problems;
}

/** Thresholds at the edge of what the metric can be: always breaching, never breaching, never well again. */
function reach(rule: CheckedRule): RuleProblem[] {
  const { metric, operator, recoveryThreshold: back } = rule;
  const { unit, range } = METRIC_FIELDS[metric];
  const span =
    unit === '%'
      ? `a percentage from ${range.min} to ${range.max}`
      : `between ${range.min} and ${range.max} ${unit}`;
  const breachesAt = (threshold: Threshold) =>
    [range.min, range.max].filter(breachTest(operator, threshold)).length;
  const problems: RuleProblem[] = [];
  for (const { path, threshold } of [
    { path: ['threshold'], threshold: rule.threshold },
    ...ladderThresholds(rule),
  ]) {
    if (threshold === undefined) continue;
    const breaching = breachesAt(threshold);
    const message = `${metric} is ${span}, so "${operator} ${formatThreshold(threshold)}" is`;
    if (breaching === 0) problems.push({ path, message: `${message} never true` });
    else if (breaching === 2 && operator !== 'outside')
      problems.push({ path, message: `${message} always true` });
  }
  if (back !== undefined && operator !== 'outside' && breachesAt(back) === 2) {
    const message = `${metric} is ${span}, so it can never come back past ${formatThreshold(back)}: no incident would end`;
    problems.push({ path: ['recoveryThreshold'], message });
  }
  return problems;
}

function counting({ evaluationPeriods, datapointsToAlarm }: CheckedRule): RuleProblem[] {
  if (datapointsToAlarm === undefined || datapointsToAlarm <= evaluationPeriods) return [];
  const message = `Expected at most evaluationPeriods = ${evaluationPeriods}, got ${datapointsToAlarm}: that many breaches can never be among so few readings`;
  return [{ path: ['datapointsToAlarm'], message }];
}

function durations(rule: CheckedRule): RuleProblem[] {
  return (['for', 'keepFiringFor'] as const).flatMap((path) => {
    const text = rule[path];
    if (text === undefined || parseDuration(text) <= parseDuration(MAX_RULE_DURATION)) return [];
    return [{ path: [path], message: `Expected at most ${MAX_RULE_DURATION}, got ${text}` }];
  });
}
