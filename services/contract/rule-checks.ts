/** What no schema of one field can see: combinations in a rule that could never fire, never end, or never matter. */
import { parseDuration } from './duration.ts';
import {
  breaches,
  formatLimit,
  isFurther,
  type Limit,
  type Operator,
  rising,
  type Severity,
  sameLimit,
  sticksOut,
} from './limit.ts';
import type { Metric } from './reading.ts';

export interface RuleProblem {
  path: (string | number)[];
  message: string;
}

/** The parts of a rule that must fit together. */
interface CheckedRule {
  metric: Metric;
  operator: Operator;
  threshold: Limit;
  recoveryThreshold?: Limit | undefined;
  evaluationPeriods: number;
  datapointsToAlarm?: number | undefined;
  for?: string | undefined;
  datapointsToClear: number;
  keepFiringFor?: string | undefined;
  severity: { severity: Severity; threshold?: Limit | undefined }[];
}

/** Longest `for` and `keepFiringFor`. An incident that needs longer is a report, not an alert. */
const MAX_RULE_DURATION = '7d';
/** Values that a metric can take at all, where they are bounded. */
const PERCENT = { min: 0, max: 100 };

export function explainRule(rule: CheckedRule): RuleProblem[] {
  const shapes = limitShapes(rule);
  // Comparing a number with a range would only add confusing second messages.
  const limits = shapes.length > 0 ? [] : [...recovery(rule), ...ladder(rule), ...reach(rule)];
  return [...shapes, ...limits, ...counting(rule), ...durations(rule)];
}

/** Every limit must be of the operator's kind: a range for `outside`, a number otherwise. */
function limitShapes(rule: CheckedRule): RuleProblem[] {
  const limits: [RuleProblem['path'], Limit | undefined][] = [
    [['threshold'], rule.threshold],
    [['recoveryThreshold'], rule.recoveryThreshold],
    ...rule.severity.map((step, i): [RuleProblem['path'], Limit | undefined] => [
      ['severity', i, 'threshold'],
      step.threshold,
    ]),
  ];
  return limits.flatMap(([path, limit]) => {
    const message = limit === undefined ? undefined : shapeProblem(rule.operator, limit);
    return message === undefined ? [] : [{ path, message }];
  });
}

function shapeProblem(operator: Operator, limit: Limit): string | undefined {
  if (operator !== 'outside') {
    return typeof limit === 'number'
      ? undefined
      : `Expected a number for the operator "${operator}", got a range`;
  }
  if (typeof limit === 'number') {
    return `Expected a range such as { "min": 10, "max": 40 } for the operator "outside", got ${limit}`;
  }
  return limit.min < limit.max ? undefined : `Expected min below max, got ${formatLimit(limit)}`;
}

function recovery({ operator, threshold, recoveryThreshold }: CheckedRule): RuleProblem[] {
  if (recoveryThreshold === undefined || !sticksOut(operator, recoveryThreshold, threshold)) return [];
  const expected =
    operator === 'outside'
      ? `a range within ${formatLimit(threshold)}`
      : `at ${rising(operator) ? 'most' : 'least'} the threshold ${formatLimit(threshold)}`;
  const message = `Expected ${expected}, got ${formatLimit(recoveryThreshold)}: an incident would end while the reading still breaches`;
  return [{ path: ['recoveryThreshold'], message }];
}

function ladder({ operator, threshold, severity }: CheckedRule): RuleProblem[] {
  const problems: RuleProblem[] = [];
  let below = threshold;
  for (const [i, step] of severity.entries()) {
    const at = ['severity', i, 'threshold'];
    const previous = severity[i - 1];
    if (previous === undefined) {
      if (step.threshold !== undefined && !sameLimit(step.threshold, threshold)) {
        problems.push({
          path: at,
          message: `Expected the threshold of the rule, ${formatLimit(threshold)}, or nothing, got ${formatLimit(step.threshold)}: the first step begins where the rule does`,
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
        message: `Expected a limit further out than ${formatLimit(below)}, got ${formatLimit(step.threshold)}: this step could never be told from the one before`,
      });
    }
    below = step.threshold ?? below;
  }
  return problems;
}

/** Limits at the edge of what a percentage can be: always breaching, never breaching, never well again. */
function reach(rule: CheckedRule): RuleProblem[] {
  if (rule.metric === 'temperature') return [];
  const problems: RuleProblem[] = [];
  const steps = rule.severity.map((step, i) => ({
    path: ['severity', i, 'threshold'],
    limit: step.threshold,
  }));
  for (const { path, limit } of [{ path: ['threshold'], limit: rule.threshold }, ...steps]) {
    if (limit === undefined) continue;
    const breaching = [PERCENT.min, PERCENT.max].filter((value) => breaches(rule.operator, limit, value));
    const message = `${rule.metric} is a percentage from 0 to 100, so "${rule.operator} ${formatLimit(limit)}" is`;
    if (breaching.length === 0) problems.push({ path, message: `${message} never true` });
    else if (breaching.length === 2 && rule.operator !== 'outside') {
      problems.push({ path, message: `${message} always true` });
    }
  }
  const back = rule.recoveryThreshold;
  if (back !== undefined && rule.operator !== 'outside') {
    const well = [PERCENT.min, PERCENT.max].some((value) => !breaches(rule.operator, back, value));
    if (!well) {
      const message = `${rule.metric} is a percentage from 0 to 100, so it can never come back past ${formatLimit(back)}: no incident would end`;
      problems.push({ path: ['recoveryThreshold'], message });
    }
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
