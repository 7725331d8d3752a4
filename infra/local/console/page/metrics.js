// Metrics and thresholds in a person's words.

/** @import { About } from '../page-state.ts' */
/** @typedef {{ value: number, severity: string, label: string }} Threshold */

/** What a person calls a metric, and its unit. @param {About} about @param {string | undefined} name */
export function describeMetric(about, name = '') {
  const metric = about.metrics.find((one) => one.name === name);
  return { label: metric?.label ?? name, unit: metric?.unit ?? '' };
}

/**
 * Lines to draw: the threshold of each step of each rule's severity ladder.
 * @param {About['rules']} rules @param {string} metric @returns {Threshold[]}
 */
export function thresholdsOf(rules, metric) {
  return rules
    .filter((rule) => rule.kind === 'threshold')
    .filter((rule) => rule.metric === metric)
    .flatMap((rule) =>
      rule.severity.flatMap(({ severity, threshold = rule.threshold }) => {
        const values = typeof threshold === 'number' ? [threshold] : [threshold.min, threshold.max];
        return values.map((value) => ({ value, severity, label: `${severity} ${value}` }));
      }),
    );
}
