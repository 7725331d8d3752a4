import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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

it('is what every test uses, instead of the table that fast-check makes for its own', () => {
  const folder = resolve(import.meta.dirname, '..');
  const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.test.ts'),
  );
  const binary = /unit:\s*'binary'/;
  expect(tests.filter((file) => binary.test(readFileSync(join(folder, file), 'utf8')))).toEqual([]);
});
