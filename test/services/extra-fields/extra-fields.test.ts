import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { READING_COLUMNS } from '../../../services/contract/lake-columns.ts';
import { gatherExtra } from '../../../services/extra-fields/extra-fields.ts';
import { handler } from '../../../services/extra-fields/handler.ts';

const KNOWN = READING_COLUMNS.map(({ name }) => name);

describe('the unknown fields of a line', () => {
  it('become one string of JSON, with all digits of their numbers, and the rest stays', () => {
    const line =
      '{"cpu": 1.50, "meta":{"id":12345678901234567890,"tags":["a",null]},"Temperature":20,"extra":1e400}';
    expect(gatherExtra(line)).toBe(
      '{"cpu":1.50,"Temperature":20,"extra":"{\\"meta\\":{\\"id\\":12345678901234567890,\\"tags\\":[\\"a\\",null]},\\"extra\\":1e400}"}',
    );
  });

  it('may have any name', () => {
    expect(gatherExtra('{"cpu":1,"__proto__":2}')).toBe('{"cpu":1,"extra":"{\\"__proto__\\":2}"}');
    expect(gatherExtra('{"cpu":1,"constructor":2,"":3}')).toBe(
      '{"cpu":1,"extra":"{\\"constructor\\":2,\\"\\":3}"}',
    );
  });

  it.each([
    ['there are none', '{ "cpu" : 1.0, "ram":2 }'],
    ['it is not JSON', '{"cpu":1,"x":'],
    ['it is an array', '[{"x":1}]'],
    ['it is a text', '"x"'],
    ['it is empty', ''],
    ['a key is there twice', '{"cpu":1,"x":1,"x":2}'],
    ['it is nested deeper than a parser goes', `{"x":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
  ])('leave the line as it is where %s', (_, line) => {
    expect(gatherExtra(line)).toBe(line);
  });

  it('are all there, whatever they hold, and nothing else has changed', () => {
    const name = fc.oneof(fc.constantFrom(...KNOWN), fc.string());
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), (reading) => {
        const line = JSON.stringify(reading);
        const result = JSON.parse(gatherExtra(line));
        const extra = Object.entries(JSON.parse(line)).filter(([key]) => !KNOWN.includes(key.toLowerCase()));
        const { extra: text, ...known } = result;
        expect(text === undefined ? [] : Object.entries(JSON.parse(text))).toEqual(extra);
        const unchanged = Object.entries(JSON.parse(line)).filter(([key]) =>
          KNOWN.includes(key.toLowerCase()),
        );
        expect(Object.entries(known)).toEqual(unchanged);
      }),
    );
  });
});

it('the function answers every record in its place, and keeps bytes that are not UTF-8', async () => {
  const data = ['{"cpu":1,"x":2}', '{"cpu":1}\n'].map((line) => Buffer.from(line).toString('base64'));
  const odd = Buffer.from('{"x":"\xff"}', 'latin1').toString('base64');
  const records = [...data, odd].map((one, i) => ({
    ...{ recordId: `r-${i}`, approximateArrivalTimestamp: 0, data: one },
  }));
  const event = { invocationId: 'i', deliveryStreamArn: 'arn', region: 'us-east-1', records };
  const result = await handler(event);
  expect(result.records.map(({ recordId, result }) => `${recordId} ${result}`)).toEqual([
    'r-0 Ok',
    'r-1 Ok',
    'r-2 Ok',
  ]);
  expect(result.records.map(({ data }) => data)).toEqual([
    Buffer.from('{"cpu":1,"extra":"{\\"x\\":2}"}').toString('base64'),
    data[1],
    odd,
  ]);
});
