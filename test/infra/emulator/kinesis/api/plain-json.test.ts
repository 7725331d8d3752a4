import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Base64Text, blobOf } from '../../../../../infra/emulator/kinesis/api/base64.ts';
import { parsePlainJson } from '../../../../../infra/emulator/kinesis/api/plain-json.ts';
import { parsed } from '../../../../support/parsed.ts';
import '../../../../support/properties.ts';

const refuse = (text: string): never => {
  throw new Error(text.slice(-60));
};

/** What was read, with the texts that stayed in the body. */
function whole(value: unknown): unknown {
  if (value instanceof Base64Text) return value.toString();
  if (Array.isArray(value)) return value.map(whole);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, whole(inner)]));
}

const read = (text: string) => whole(parsePlainJson(Buffer.from(text)));

describe('plain JSON is', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ' ', '{', ',', '+', '/', '='), maxLength: 80 });
  const { plain } = fc.letrec((tie) => ({
    plain: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      text.filter((one) => !one.includes('"')),
      fc.nat({ max: 9000 }).map((length) => 'A'.repeat(length)),
      fc.array(tie('plain'), { maxLength: 4 }),
      fc.dictionary(
        text.filter((one) => !one.includes('"')),
        tie('plain'),
        { maxKeys: 4 },
      ),
    ),
  }));

  it('what JSON.parse reads, however it is spaced', () => {
    fc.assert(
      fc.property(plain, fc.constantFrom(undefined, 1, '\t', '\r\n '), (value, space) => {
        expect(read(JSON.stringify(value, undefined, space))).toEqual(value);
      }),
    );
  });

  it('left to JSON.parse, or the same, for any other text', () => {
    const anything = fc.oneof(
      fc.json({ maxDepth: 3 }),
      text,
      plain.map((one) => JSON.stringify(one)),
    );
    const cut = fc.tuple(anything, fc.nat(), fc.constantFrom('', ',', '}', ']', '"', '\\', '1', '\n', 'é'));
    fc.assert(
      fc.property(cut, ([json, at, put]) => {
        const place = at % (json.length + 1);
        const changed = json.slice(0, place) + put + json.slice(place + (at % 2));
        const got = read(changed);
        // A line break in a text is refused when that is decoded.
        const isLeft = got === undefined || /"A+\n/.test(changed);
        expect(isLeft || isDeepStrictEqual(got, parsed(changed))).toBe(true);
      }),
    );
  });

  it('neither a member called __proto__ nor a tower of lists', () => {
    expect(read('{"__proto__":"a"}')).toBeUndefined();
    expect(read('['.repeat(100_000))).toBeUndefined();
  });
});

describe('base64 that stays in the body', () => {
  it('is what it is as a text, right or wrong', () => {
    const almost = fc.string({
      unit: fc.constantFrom('A', 'b', '9', '+', '/', '=', '-', '*'),
      maxLength: 12,
    });
    const right = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    fc.assert(
      fc.property(fc.oneof(right, almost), (text) => {
        const attempt = (decode: () => Uint8Array) => {
          try {
            return Buffer.from(decode()).toString('hex');
          } catch (error) {
            return (error as Error).message;
          }
        };
        const here = attempt(() => new Base64Text(Buffer.from(text)).decode(refuse));
        expect(here).toBe(attempt(() => blobOf(text, refuse)));
      }),
    );
  });
});
