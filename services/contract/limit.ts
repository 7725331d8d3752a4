/** Limits: what a reading is compared with, how, and how bad it is to be past one. */
import * as z from 'zod/mini';

/** From mild to bad. */
export const SEVERITIES = ['warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const OPERATORS = ['>', '>=', '<', '<=', 'outside'] as const;
export type Operator = (typeof OPERATORS)[number];

const rangeSchema = z.strictObject({ min: z.number(), max: z.number() });
export const limitSchema = z.union([z.number(), rangeSchema], {
  error: 'Expected a number, or for the operator "outside" a range such as { "min": 10, "max": 40 }',
});
/** A limit: one number, or for `outside` the range that is normal. */
export type Limit = z.infer<typeof limitSchema>;

export const rising = (operator: Operator): boolean => operator === '>' || operator === '>=';

/** Does `value` breach the limit? The one definition of what the operators mean. */
export function breaches(operator: Operator, limit: Limit, value: number): boolean {
  if (typeof limit !== 'number') return value < limit.min || value > limit.max;
  if (operator === '>') return value > limit;
  if (operator === '>=') return value >= limit;
  return operator === '<' ? value < limit : value <= limit;
}

/** Is every value that breaches `a` past `b` too, and not the other way round? */
export function isFurther(operator: Operator, a: Limit, b: Limit): boolean {
  if (typeof a === 'number' && typeof b === 'number') return rising(operator) ? a > b : a < b;
  if (typeof a === 'number' || typeof b === 'number') return false;
  return a.min <= b.min && a.max >= b.max && !sameLimit(a, b);
}

/** Is there a value that breaches `b` and does not breach `a`? */
export function sticksOut(operator: Operator, a: Limit, b: Limit): boolean {
  if (typeof a === 'number' || typeof b === 'number') return isFurther(operator, a, b);
  return a.min < b.min || a.max > b.max;
}

export const sameLimit = (a: Limit, b: Limit): boolean => formatLimit(a) === formatLimit(b);

/** A limit as people read it: `85`, or `10..40`. */
export function formatLimit(limit: Limit): string {
  return typeof limit === 'number' ? String(limit) : `${limit.min}..${limit.max}`;
}
