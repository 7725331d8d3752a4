/**
 * Thresholds: what a value is compared with, how, and how severe it is to be past one. What the operators mean stands
 * here once, for the detector, for the checks of a rules file and for SQL.
 */
import type { Range } from './reading.ts';

/** From mild to severe. */
export const SEVERITIES = ['warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Operators that compare with a number. */
const COMPARISONS = {
  '>': { rising: true, holds: (value: number, edge: number) => value > edge },
  '>=': { rising: true, holds: (value: number, edge: number) => value >= edge },
  '<': { rising: false, holds: (value: number, edge: number) => value < edge },
  '<=': { rising: false, holds: (value: number, edge: number) => value <= edge },
};
type Comparison = keyof typeof COMPARISONS;

export const OPERATORS = ['>', '>=', '<', '<=', 'outside'] as const;
export type Operator = (typeof OPERATORS)[number];

/** One number, or for `outside` the range that is normal. */
export type Threshold = number | Range;

/** Why a threshold does not fit its operator, or undefined. Everything below expects one that does. */
export function explainThreshold(operator: Operator, threshold: Threshold): string | undefined {
  if (operator !== 'outside') {
    return typeof threshold === 'number'
      ? undefined
      : `Expected a number for the operator "${operator}", got a range`;
  }
  if (typeof threshold === 'number') {
    return `Expected a range such as { "min": 10, "max": 40 } for the operator "outside", got ${threshold}`;
  }
  return threshold.min < threshold.max
    ? undefined
    : `Expected min below max, got ${formatThreshold(threshold)}`;
}

/** Values on one side of an edge. A value breaches when it is on any of the sides that a threshold has. */
interface Side {
  comparison: Comparison;
  edge: number;
  rising: boolean;
  holds(value: number, edge: number): boolean;
}

const side = (comparison: Comparison, edge: number): Side => ({
  comparison,
  edge,
  ...COMPARISONS[comparison],
});

function sidesOf(operator: Operator, threshold: Threshold): Side[] {
  if (typeof threshold !== 'number') return [side('<', threshold.min), side('>', threshold.max)];
  if (operator === 'outside') throw new RangeError(explainThreshold(operator, threshold));
  return [side(operator, threshold)];
}

/** How far a value is beyond the edge of a side; negative before it. */
const beyond = ({ rising, edge }: Side, value: number) => (rising ? value - edge : edge - value);

/** Does a value breach? Made once for many values. */
export function breachTest(operator: Operator, threshold: Threshold): (value: number) => boolean {
  const sides = sidesOf(operator, threshold);
  const [one] = sides;
  if (one && sides.length === 1) return (value) => one.holds(value, one.edge);
  return (value) => sides.some(({ holds, edge }) => holds(value, edge));
}

/** How far a value is past the threshold; negative before it. Made once for many values. */
export function distancePast(operator: Operator, threshold: Threshold): (value: number) => number {
  const sides = sidesOf(operator, threshold);
  const [one] = sides;
  if (one && sides.length === 1) return (value) => beyond(one, value);
  return (value) => Math.max(...sides.map((each) => beyond(each, value)));
}

/** No value strictly between these two breaches. */
export function quietRange(operator: Operator, threshold: Threshold): Range {
  const sides = sidesOf(operator, threshold);
  const edges = (rising: boolean) => sides.filter((one) => one.rising === rising).map(({ edge }) => edge);
  return { min: Math.max(...edges(false)), max: Math.min(...edges(true)) };
}

/** The same question as {@link breachTest} in Athena's SQL. NULL does not breach. */
export const breachCondition = (column: string, operator: Operator, threshold: Threshold): string =>
  sidesOf(operator, threshold)
    .map(({ comparison, edge }) => `${column} ${comparison} ${sqlDouble(edge)}`)
    .join(' OR ');

/** A double in SQL: `80` alone would be an integer, and `1e21` is not a decimal there. */
const sqlDouble = (value: number) => value.toExponential().replace('e+', 'e');

/** How far each side of `a` lies beyond the same side of `b`; both are thresholds of one operator. */
function leads(operator: Operator, a: Threshold, b: Threshold): number[] {
  const edges = sidesOf(operator, a).map(({ edge }) => edge);
  return sidesOf(operator, b).map((one, i) => beyond(one, edges[i] ?? one.edge));
}

/** Is every value that breaches `a` past `b` too, and not the other way round? */
export function isFurther(operator: Operator, a: Threshold, b: Threshold): boolean {
  const by = leads(operator, a, b);
  return by.every((lead) => lead >= 0) && by.some((lead) => lead > 0);
}

/** Is there a value that breaches `b` and does not breach `a`? */
export const sticksOut = (operator: Operator, a: Threshold, b: Threshold): boolean =>
  leads(operator, a, b).some((lead) => lead > 0);

/** Do values breach above the threshold, and not below it? */
export const isRising = (operator: Operator): boolean =>
  operator !== 'outside' && COMPARISONS[operator].rising;

/** A threshold as people read it: `85`, or `10..40`. */
export function formatThreshold(threshold: Threshold): string {
  return typeof threshold === 'number' ? String(threshold) : `${threshold.min}..${threshold.max}`;
}

export const isSameThreshold = (a: Threshold, b: Threshold): boolean =>
  formatThreshold(a) === formatThreshold(b);
