import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../services/contract/duration.ts';

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

it('what is formatted parses back to the same', () => {
  fc.assert(fc.property(fc.nat(10 ** 10), (ms) => parseDuration(formatDuration(ms)) === ms));
});
