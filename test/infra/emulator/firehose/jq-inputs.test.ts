import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileJq } from '../../../../infra/emulator/firehose/jq.ts';
import { fieldsReadBy } from '../../../../infra/emulator/firehose/jq-inputs.ts';
import { jqInput } from '../../../../infra/emulator/firehose/partition-keys.ts';
import { PARTITION_QUERY } from './support/fixtures.ts';

const PROVEN: [query: string, fields: string[]][] = [
  [PARTITION_QUERY, ['timestamp_sent']],
  ['{a: .x}', ['x']],
  ['{"a": (.x | tostring), b: .y | ascii_downcase}', ['x', 'y']],
  ['{a: ((.x | .[0:2]) | [., length] | first)}', ['x']],
  ['{a: (.x | if . == "}" then "," else ({b: .} | .b) end)}', ['x']],
  ['{a: (.x | . as $v | try error($v) catch "c")}', ['x']],
];

describe('the fields a query reads', () => {
  test.each(PROVEN)('%s', (query, fields) => {
    expect(fieldsReadBy(query)).toEqual(fields);
  });

  test.each([
    ['.x'],
    ['{a: .x.y}'],
    ['{a: .x?}'],
    ['{a: ."x"}'],
    ['{a: (.x, .y | tostring)}'],
    ['{a: (.x as $v | .y)}'],
    ['{a: (.x // .y)}'],
    ['{a: (.x | tostring) + .y}'],
    ['{a: ((.x | tostring) // .y)}'],
    ['{a: (def f: .y; .x | f)}'],
    ['{a: (.x | input)}'],
    ['{a: (.x | now)}'],
    ['{a: (.x | $ENV.HOME)}'],
    ['{a: (.x | "\\(.)")}'],
    ['{a: (.x | tostring) # |\n}'],
    ['{(.x): .y}'],
    ['{a: $x}'],
    ['{x}'],
    ['{a: .x} | .a'],
    ['{a: .x}, .y'],
    ['{a: (.x | tostring}'],
    ['{a: .x'],
    ['{}'],
    [''],
  ])('not proven: %s', (query) => {
    expect(fieldsReadBy(query)).toBeUndefined();
  });

  test('for a proven query, jq gives the same result for the whole line as for what it needs of it', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('2026-11-22 10', '2026-13-01 00', '', '}', '","x":"'),
      fc.constantFrom(null, true, 0, -0, 1.5, 1e300),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const fields = { x: value, y: value, timestamp_sent: value, z: fc.jsonValue() };
    const objects = fc.sample(fc.record(fields, { requiredKeys: [] }), { numRuns: 40, seed: 7 });
    const lines = [
      ...objects.map((document, i) => JSON.stringify(document, null, i % 3)),
      ...['[]', '[{"x":"a"}]', '"x"', '""', '7', '-1e5', 'true', 'false', 'null', ' {} ', '{"x":1e400}'],
      '{"x":12345678901234567890}',
      '{"x":"a","x":"b","\\u0078":"c"}',
    ];
    for (const [query, read] of PROVEN) {
      const jq = await compileJq(query);
      const needed = lines.map((line) => jqInput(line, JSON.parse(line), read));
      const [whole, part] = [lines, needed].map((list) =>
        jq.run(list.map((text) => text.replace(/\n/g, ' '))),
      );
      expect(await part).toEqual(await whole);
    }
  });
});
