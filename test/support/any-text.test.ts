import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyText } from './any-text.ts';

it('has every plane, whole characters only, and what is dangerous as a name', () => {
  const texts = fc.sample(anyText(), { numRuns: 3000, seed: 1 });
  const points = texts.flatMap((text) => Array.from(text, (one) => one.codePointAt(0) ?? 0));
  expect(points.some((point) => point < 0x80)).toBe(true);
  expect(new Set(points.map((point) => point >> 16)).size).toBe(17);
  expect(texts.filter((text) => /\p{Surrogate}/u.test(text))).toEqual([]);
  expect(texts.some((text) => text.includes('__proto__'))).toBe(true);
});
