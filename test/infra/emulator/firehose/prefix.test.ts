import { expect, test } from 'vitest';
import { SetupError } from '../../../../infra/emulator/base/setup-error.ts';
import { parsePrefix } from '../../../../infra/emulator/firehose/prefix.ts';

const arrivalMs = Date.UTC(2026, 0, 2, 3, 4, 5);

test.each([
  ['', '2026/01/02/03/'],
  ['raw/', 'raw/2026/01/02/03/'],
  ['raw/!{timestamp:yyyy/MM/dd}/', 'raw/2026/01/02/'],
  ["!{timestamp:yyyy'-'MM'-'dd'T'HH:mm:ss''}", "2026-01-02T03:04:05'"],
  ['e/!{firehose:error-output-type}/!{timestamp:HH}', 'e/format-conversion-failed/03'],
  ['b=!{partitionKeyFromQuery:b}/a=!{partitionKeyFromQuery:a}/!{partitionKeyFromQuery:b}', 'b=1st/a=2nd/1st'],
])('%s → %s', (template, key) => {
  const values = { arrivalMs, errorType: 'format-conversion-failed', partitionKeys: ['1st', '2nd'] };
  expect(parsePrefix(template).evaluate(values)).toBe(key);
});

test('a random string is different each time', () => {
  const prefix = parsePrefix('!{firehose:random-string}/!{firehose:random-string}');
  const key = prefix.evaluate({ arrivalMs });
  expect(key).toMatch(/^[A-Za-z0-9]{11}\/[A-Za-z0-9]{11}$/);
  expect(key.slice(0, 11)).not.toBe(key.slice(12));
});

test.each([
  '!{timestamp:YYYY}',
  '!{timestamp:d}',
  '!{partitionKeyFromLambda:a}',
  '!{firehose:x}',
  'a/!{time',
])('%s is refused by name', (template) => {
  expect(() => parsePrefix(template)).toThrow(SetupError);
  expect(() => parsePrefix(template)).toThrow(template.slice(template.indexOf('!')));
});
