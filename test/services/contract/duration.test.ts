import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { describeLength, formatDuration, parseDuration } from '../../../services/contract/duration.ts';
import { durationSchema } from '../../../services/contract/duration-schema.ts';

it.each([
  ['250ms', 250],
  ['1.5s', 1500],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  [' 5s ', 5000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(['', '5', 's', '-5s', '5 s', '5S', '1h30m', '1e3s'])(
  '"%s" is refused with what was expected',
  (text) => {
    expect(() => parseDuration(text)).toThrow(
      `Expected a duration such as 250ms, 5s, 10m, 2h or 1d, got "${text}"`,
    );
  },
);

it.each(['36501d', '99999999999d', `1${'0'.repeat(400)}ms`])('%s is longer than any date reaches', (text) => {
  expect(() => parseDuration(text)).toThrow('Expected at most 36500d');
  expect(z.safeParse(durationSchema, text).error?.issues[0]?.message).toMatch(/^Expected at most 36500d/);
  expect(parseDuration('36500d')).toBe(36_500 * 86_400_000);
});

it.each([
  [-1, '0 s'],
  [499, '0 s'],
  [40_000, '40 s'],
  [59_600, '1 min'],
  [2 * 3_600_000 + 5 * 60_000 + 7000, '2 h 5 min'],
  [3_600_000 + 7000, '1 h'],
  [3 * 86_400_000 + 3_600_000, '3 d 1 h'],
])('%d ms lasted %s', (ms, text) => {
  expect(describeLength(ms)).toBe(text);
});

it('a formatted duration parses back to the same value', () => {
  fc.assert(fc.property(fc.nat(10 ** 10), (ms) => parseDuration(formatDuration(ms)) === ms));
});
