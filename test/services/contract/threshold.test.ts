import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  breachCondition,
  breachTest,
  distancePast,
  isFurther,
  OPERATORS,
  quietRange,
  sticksOut,
} from '../../../services/contract/threshold.ts';

const number = fc.integer({ min: -5, max: 5 });
const condition = fc
  .record({ operator: fc.constantFrom(...OPERATORS), a: number, b: number, value: number })
  .map(({ operator, a, b, value }) => {
    const threshold = operator === 'outside' ? { min: Math.min(a, b) - 1, max: Math.max(a, b) } : a;
    return { operator, threshold, value };
  });

it('breaches, distances and the quiet range tell the same story', () => {
  fc.assert(
    fc.property(condition, ({ operator, threshold, value }) => {
      const breaches = breachTest(operator, threshold)(value);
      const distance = distancePast(operator, threshold)(value);
      const { min, max } = quietRange(operator, threshold);
      expect(breaches ? distance >= 0 : distance <= 0).toBe(true);
      expect(value > min && value < max).toBe(distance < 0);
    }),
  );
});

it('a threshold is further than another when fewer values breach it', () => {
  const values = Array.from({ length: 27 }, (_, i) => (i - 13) / 2);
  fc.assert(
    fc.property(condition, condition, (one, two) => {
      fc.pre(one.operator === two.operator);
      const { operator } = one;
      const [a, b] = [breachTest(operator, one.threshold), breachTest(operator, two.threshold)];
      const onlyB = values.some((value) => b(value) && !a(value));
      const onlyA = values.some((value) => a(value) && !b(value));
      expect(sticksOut(operator, one.threshold, two.threshold)).toBe(onlyB);
      expect(isFurther(operator, one.threshold, two.threshold)).toBe(onlyB && !onlyA);
    }),
  );
});

it.each([
  ['>', 80, 'cpu > 8e1'],
  ['<=', -0.5, 'cpu <= -5e-1'],
  ['outside', { min: 10, max: 4e21 }, 'cpu < 1e1 OR cpu > 4e21'],
] as const)('%s %j is SQL', (operator, threshold, sql) => {
  expect(breachCondition('cpu', operator, threshold)).toBe(sql);
});
