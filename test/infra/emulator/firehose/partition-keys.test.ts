import { expect, test } from 'vitest';
import { createPartitionKeyReader } from '../../../../infra/emulator/firehose/partition-keys.ts';
import { parsePrefix } from '../../../../infra/emulator/firehose/prefix.ts';

const prefix = parsePrefix('p/a=!{partitionKeyFromQuery:a}/b=!{partitionKeyFromQuery:b}/');

test('keys in the order of the prefix, as text', async () => {
  const reader = await createPartitionKeyReader('{b: .b, a: .a, unused: null}', prefix);
  expect(reader.fields).toBeUndefined();
  expect(await reader.read(['{"a":"x","b":7}', '{"a":true,"b":"y z"}'])).toEqual([
    { values: ['x', '7'] },
    { values: ['true', 'y z'] },
  ]);
});

test.each([
  ['{a: .a, b: "b"}', '{"a":null}', 'partitionKeys values must not be null or empty'],
  ['{a: .a, b: "b"}', '{"a":""}', 'partitionKeys values must not be null or empty'],
  ['{a: .a}', '{"a":"x"}', 'partitionKeys values must not be null or empty'],
  ['{a: .a, b: "b"}', '{"a":["x"]}', 'Partition key a is not a string or a number'],
  ['{a: .a, b: ("b", "c")}', '{"a":"x"}', 'The partition query must give exactly one object'],
  ['empty', '{"a":"x"}', 'The partition query must give exactly one object'],
  ['.a', '{"a":"x"}', 'The partition query must give exactly one object'],
  ['{a: error("no a"), b: "b"}', '{"a":"x"}', 'no a'],
  ['{a: .a, b: "b"}', '"text"', 'Cannot index string with string "a"'],
  ['{a: .a, b: "b"}', '{"a":"../../x"}', 'The partition keys give a prefix that is not a folder'],
  ['{a: .a, b: "b"}', `{"a":"${'x'.repeat(300)}"}`, 'The partition keys give a prefix that is too long'],
])('%s of %s: %s', async (query, line, problem) => {
  const reader = await createPartitionKeyReader(query, prefix);
  expect(await reader.read([line])).toEqual([{ problem }]);
});

test('values that determine the partition alone are learnt once', async () => {
  const reader = await createPartitionKeyReader('{a: (.x | .[0:1]), b: (.y | tostring)}', prefix);
  expect(reader.fields).toEqual(['x', 'y']);
  const inputs = ['{"x":"hello","y":"you"}', '{"y":"you"}'];
  const keys = await reader.read(inputs);
  expect(keys).toEqual([{ values: ['h', 'you'] }, { problem: expect.any(String) }]);
  expect(inputs.map((input) => reader.known(input))).toEqual(keys);
  expect(reader.known('{"x":"other","y":"you"}')).toBeUndefined();
});
