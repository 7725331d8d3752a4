import { describe, expect, test } from 'vitest';
import { SetupError } from '../../../../infra/emulator/base/setup-error.ts';
import { createRowConverter, parseOpenXTimestamp } from '../../../../infra/emulator/firehose/openx.ts';
import { READINGS_TABLE } from './support/fixtures.ts';

const converter = (columns: Record<string, string>) =>
  createRowConverter({
    ...READINGS_TABLE,
    columns: Object.entries(columns).map(([name, type]) => ({ name, type, comment: '' })),
  });

describe('columns', () => {
  test('keys match in any letter case, unknown ones are left out, missing ones and null are null', () => {
    const convert = converter({ device_id: 'string', seq: 'bigint', cpu: 'double' });
    const document = JSON.parse('{"Device_ID":"a","SEQ":1,"cpu":null,"extra":{"seq":2},"__proto__":3}');
    expect(convert(document)).toEqual({ row: '{"device_id":"a","seq":1}' });
    expect(convert({})).toEqual({ row: '{}' });
  });

  test.each([
    ['string', 'é\u0000"', true],
    ['string', '\ud800', false],
    ['string', 5, false],
    ['string', { a: 1 }, false],
    ['bigint', 9_007_199_254_740_991, true],
    ['bigint', 9_007_199_254_740_992, false],
    ['bigint', 1.5, false],
    ['bigint', '1', false],
    ['int', -2_147_483_648, true],
    ['int', 2_147_483_648, false],
    ['double', 1e308, true],
    ['double', 5, true],
    ['double', Number.POSITIVE_INFINITY, false],
    ['double', '5', false],
    ['double', true, false],
    ['boolean', false, true],
    ['boolean', 'false', false],
  ])('%s takes %j: %s', (type, value, fits) => {
    const result = converter({ c: type })({ c: value });
    if (fits) expect(result).toEqual({ row: JSON.stringify({ c: value }) });
    else
      expect(result).toEqual({
        problem: expect.stringMatching(/^Data does not match the schema\. c: expected /),
      });
  });

  test.each([[null], [[{ c: 1 }]], ['{"c":1}'], [1]])('%j is not a row', (document) => {
    expect(converter({ c: 'int' })(document)).toHaveProperty('problem');
  });

  test('a type that cannot be written is refused by name', () => {
    expect(() => converter({ price: 'decimal(10,2)' })).toThrow(SetupError);
    expect(() => converter({ price: 'decimal(10,2)' })).toThrow(/price .* got decimal\(10,2\)/);
  });
});

test.each([
  ['2017-02-07T15:13:01.39256Z', '2017-02-07 15:13:01.392560'],
  ['2017-02-07T15:13:01Z', '2017-02-07 15:13:01.000000'],
  ['2017-02-07 15:13:01.14', '2017-02-07 15:13:01.140000'],
  ['2017-2-7 15:13:01.123456789', '2017-02-07 15:13:01.123456'],
  [1_518_033_528, '2018-02-07 19:58:48.000000'],
  [1_518_033_528_123, '2018-02-07 19:58:48.123000'],
  [1_518_033_528.123, '2018-02-07 19:58:48.123000'],
  ['2017-02-07T15:13:01+01:00', undefined],
  ['2017-02-07T15:13:01', undefined],
  ['2017-02-30 15:13:01', undefined],
  ['2017-02-07T24:00:00Z', undefined],
  ['2017-02-07', undefined],
  ['1518033528', undefined],
  [1e18, undefined],
  [true, undefined],
])('timestamp %j → %s', (value, text) => {
  expect(parseOpenXTimestamp(value)).toBe(text);
});
