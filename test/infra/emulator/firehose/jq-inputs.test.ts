import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileJq } from '../../../../infra/emulator/firehose/jq.ts';
import { fieldsReadBy } from '../../../../infra/emulator/firehose/jq-inputs.ts';
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

  test('for a proven query, jq gives the same result for the whole object as for those fields alone', async () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('2026-11-22 10', '2026-13-01 00', '', '}'));
    const documents = fc.sample(fc.record({ x: value, y: value, timestamp_sent: value, z: fc.jsonValue() }), {
      numRuns: 30,
      seed: 7,
    });
    for (const [query, fields] of PROVEN) {
      const jq = await compileJq(query);
      const alone = documents.map((document) =>
        Object.fromEntries(Object.entries(document).filter(([key]) => fields.includes(key))),
      );
      const [whole, part] = [documents, alone].map((list) =>
        jq.run(list.map((item) => JSON.stringify(item))),
      );
      expect(await part).toEqual(await whole);
    }
  });
});
