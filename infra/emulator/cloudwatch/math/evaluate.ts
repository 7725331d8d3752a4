/**
 * Metric math over data points, by the rules of CloudWatch's user guide, "Metric math syntax and functions" and "Using IF
 * expressions". A series has a value, or none, for each period.
 */
import type { Expression, Operator } from './parse.ts';

export type Series = readonly (number | undefined)[];
type Value = number | Series;

/** What AWS does not document. */
export interface Readings {
  /** Whether FILL fills a series that has no data point at all in the range that is looked at. */
  fillsEmpty: boolean;
}

/** @param series by id, all of the same length */
export function evaluate(expression: Expression, series: (id: string) => Series, readings: Readings): Value {
  const of = (inner: Expression) => evaluate(inner, series, readings);
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'metric':
      return series(expression.id);
    case 'negative':
      return combine('-', 0, of(expression.of));
    case 'binary':
      return combine(expression.operator, of(expression.left), of(expression.right));
    case 'IF': {
      const { condition, yes, no } = expression;
      return choose(of(condition), of(yes), no && of(no));
    }
    case 'FILL':
      return fill(of(expression.series), of(expression.value), readings);
  }
}

const OPERATIONS: Record<Operator, (a: number, b: number) => number | undefined> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  // "If the value of a data point causes a function to attempt to divide by zero, the data point is dropped."
  '/': (a, b) => (b === 0 ? undefined : a / b),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  AND: (a, b) => Number(a !== 0 && b !== 0),
  OR: (a, b) => Number(a !== 0 || b !== 0),
};

/** Where only one of two series has a value, the other counts as 0. */
function combine(operator: Operator, left: Value, right: Value): Value {
  const operation = OPERATIONS[operator];
  if (typeof left === 'number' && typeof right === 'number') return operation(left, right) ?? Number.NaN;
  const length = typeof left === 'number' ? (right as Series).length : left.length;
  return Array.from({ length }, (_, i) => {
    const [a, b] = [at(left, i), at(right, i)];
    if (a === undefined && b === undefined) return undefined;
    const scalar = typeof left === 'number' || typeof right === 'number';
    if (scalar && (a === undefined || b === undefined)) return undefined;
    return operation(a ?? 0, b ?? 0);
  });
}

function choose(condition: Value, yes: Value, no: Value | undefined): Value {
  if (typeof condition === 'number') return (condition === 0 ? no : yes) ?? [];
  return condition.map((truth, i) => {
    if (truth === undefined) return undefined;
    // True without a value is 0; false without one is dropped.
    return truth === 0 ? (no === undefined ? undefined : at(no, i)) : (at(yes, i) ?? 0);
  });
}

function fill(series: Value, value: Value, { fillsEmpty }: Readings): Value {
  if (typeof series === 'number') return series;
  if (!fillsEmpty && series.every((one) => one === undefined)) return series;
  return series.map((one, i) => one ?? at(value, i));
}

const at = (value: Value, i: number): number | undefined => (typeof value === 'number' ? value : value[i]);
