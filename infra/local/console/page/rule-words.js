// A rule in a person's words. Pure.
import { describeMetric } from './metrics.js';

/** @import { About } from '../page-state.ts' */
/** @typedef {About['rules'][number]} Rule */

/** What it looks for, in one line. @param {About} about @param {Rule} rule */
export function lookedFor(about, rule) {
  switch (rule.kind) {
    case 'threshold':
      return thresholdWords(about, rule);
    case 'silent':
      return `a ${rule.of} sends nothing for ${rule.for}`;
    case 'stuck':
      return `${nameOf(about, rule)} shows the same value for far longer than usual`;
    case 'noisy':
      return `${nameOf(about, rule)} jumps far more than usual`;
    case 'unusual':
      return `an hour of ${nameOf(about, rule)} unlike the week before, ${rule.sensitivity} sensitivity`;
  }
}

/** @param {About} about @param {{ metric: string }} rule */
const nameOf = (about, { metric }) => describeMetric(about, metric).label.toLowerCase();

/** @param {About} about @param {Extract<Rule, { kind: 'threshold' }>} rule */
function thresholdWords(about, rule) {
  const { metric, operator, threshold, severity, evaluationPeriods, datapointsToAlarm } = rule;
  const steps = severity.map((step) => `${valueWords(step.threshold ?? threshold)} (${step.severity})`);
  const needed = datapointsToAlarm ?? evaluationPeriods;
  const often = evaluationPeriods > 1 ? `, ${needed} of ${evaluationPeriods} readings` : '';
  const long = rule.for ? `, for ${rule.for}` : '';
  return `${nameOf(about, rule)} ${operator} ${steps.join(', ')} ${describeMetric(about, metric).unit}${often}${long}`;
}

/** @param {number | { min: number, max: number }} value */
export const valueWords = (value) =>
  typeof value === 'number' ? `${value}` : `${value.min} to ${value.max}`;

/** Which devices it is for. @param {Rule} rule */
export const selectedBy = ({ selector }) =>
  [
    selector?.sites && `sites ${selector.sites.join(', ')}`,
    selector?.devices && `devices ${selector.devices.join(', ')}`,
  ]
    .filter(Boolean)
    .join('; ') || 'all devices';

/** Every setting that is in force, with its value as text. @param {Rule} rule @returns {[string, string][]} */
export const settingsOf = (rule) =>
  Object.entries(rule).flatMap(([name, value]) => {
    if (name === 'annotations' || name === 'name' || value === undefined) return [];
    return [[name, settingWords(value)]];
  });

/** @param {unknown} value as text: `critical (threshold 90)` @returns {string} */
function settingWords(value) {
  if (Array.isArray(value)) return value.map(settingWords).join(', ');
  if (typeof value !== 'object' || value === null) return `${value}`;
  const { severity, ...rest } = /** @type {Record<string, unknown>} */ (value);
  const others = Object.entries(rest).map(([name, one]) => `${name} ${settingWords(one)}`);
  if (severity === undefined) return others.join('; ');
  return others.length === 0 ? `${severity}` : `${severity} (${others.join('; ')})`;
}
