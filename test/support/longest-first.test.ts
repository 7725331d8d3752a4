import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LONGEST } from './longest-first.ts';

it('the longest test files are named once, and are there', () => {
  expect(LONGEST.filter((file) => !existsSync(file))).toEqual([]);
  expect(new Set(LONGEST).size).toBe(LONGEST.length);
});
