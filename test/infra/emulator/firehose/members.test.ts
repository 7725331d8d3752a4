import fc from 'fast-check';
import { expect, test } from 'vitest';
import { membersOf } from '../../../../infra/emulator/firehose/members.ts';

test('members as they are written', () => {
  const json = ' { "a" : [1, {"b": "}"}] ,"b":-1.50e+3, "c":"x\\"y" , "\\u0064":{} , "e":true}';
  expect([...membersOf(json, ['a', 'b', 'c', 'd', 'e', 'f'])]).toEqual([
    ['a', '[1, {"b": "}"}]'],
    ['b', '-1.50e+3'],
    ['c', '"x\\"y"'],
    ['d', '{}'],
    ['e', 'true'],
  ]);
  expect([...membersOf('{}', ['a'])]).toEqual([]);
  expect([...membersOf('{"a":1,"a":2}', ['a'])]).toEqual([['a', '2']]);
});

test('as JSON.parse reads them, in any object', () => {
  const key = fc.oneof(
    fc.constantFrom('a', 'b', '__proto__', '', '"', '\\'),
    fc.string({ unit: 'grapheme' }),
  );
  const object = fc.dictionary(key, fc.jsonValue(), { noNullPrototype: false });
  fc.assert(
    fc.property(object, fc.integer({ min: 0, max: 2 }), (document, space) => {
      const json = JSON.stringify(document, null, space);
      const names = [...Object.keys(document), 'absent'];
      const read = [...membersOf(json, names)].map(([name, text]) => [name, JSON.parse(text)]);
      expect(read).toEqual(Object.entries(JSON.parse(json)));
    }),
  );
});
