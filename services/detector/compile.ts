/** Rules made ready to run: durations in ms, patterns compiled, thresholds as functions. Once per cold start. */
import { parseDuration } from '../contract/duration.ts';
import { globPattern } from '../contract/glob.ts';
import { METRICS, type MetricValues, type Reading } from '../contract/reading.ts';
import type { Rule, Selector } from '../contract/rule.ts';
import type { CompiledKind, CompiledRule } from './compiled-rule.ts';
import { compileNoisy } from './noisy-kind.ts';
import { compileSilent } from './silent-kind.ts';
import { compileStuck } from './stuck-kind.ts';
import { compileThreshold } from './threshold-kind.ts';
import { compileUnusual } from './unusual-kind.ts';

export type { CompiledRule } from './compiled-rule.ts';

export const compileRule = (rule: Rule): CompiledRule => ({
  isNews: () => false,
  ...compileKind(rule),
  notifyWithinMs: parseDuration(rule.notifyWithin),
  repeatEveryMs: rule.repeatEvery === undefined ? undefined : parseDuration(rule.repeatEvery),
  appliesTo: compileSelector(rule.selector),
});

function compileKind(rule: Rule): CompiledKind {
  switch (rule.kind) {
    case 'threshold':
      return compileThreshold(rule);
    case 'stuck':
      return compileStuck(rule);
    case 'noisy':
      return compileNoisy(rule);
    case 'silent':
      return compileSilent(rule);
    case 'unusual':
      return compileUnusual(rule);
  }
}

/** Does the rule call this reading a breach? */
export function isBreach(reading: Reading, rule: CompiledRule): boolean {
  const value = rule.valueOf(reading);
  return value !== undefined && rule.breaches(value);
}

function compileSelector(selector: Selector | undefined): CompiledRule['appliesTo'] {
  const sites = selector?.sites?.map(globPattern);
  const devices = selector?.devices?.map(globPattern);
  return (siteId, deviceId) =>
    (sites?.some((pattern) => pattern.test(siteId)) ?? true) &&
    (devices?.some((pattern) => pattern.test(deviceId)) ?? true);
}

/**
 * A test that a reading passes when surely no rule calls it a breach. Folding all rules into one open range per
 * metric makes a quiet reading cost the same under one rule and under a hundred.
 */
export function quietTest(rules: readonly CompiledRule[]): (metrics: MetricValues) => boolean {
  const watched = METRICS.flatMap((metric, at) => {
    const ranges = rules.filter((rule) => rule.metric === metric).map((rule) => rule.quietRange);
    const min = Math.max(...ranges.map((range) => range.min));
    const max = Math.min(...ranges.map((range) => range.max));
    // Nothing, or only rules that need a past: no value of this metric breaches by itself.
    return min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY ? [] : [{ at, min, max }];
  });
  return (metrics) => {
    for (const { at, min, max } of watched) {
      const value = metrics[at] as number;
      // NaN, where there is none, is neither.
      if (value <= min || value >= max) return false;
    }
    return true;
  };
}
