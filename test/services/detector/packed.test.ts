/** A record that is parsed as one array is what its lines are by themselves, or is left to be parsed line by line. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_READING_BYTES } from '../../../services/contract/reading.ts';
import { parsePacked } from '../../../services/detector/packed.ts';
import { line, reading } from './support/batch.ts';

const parse = (data: string | Uint8Array) => parsePacked(Buffer.from(data as string).toString('base64'));

/** Makes a record so long that it is worth while. */
const LONG = `{"note":"${'x'.repeat(1000)}"}`;

const good = line(reading('10:00:00'));
const packed = Array.from({ length: 20 }, () => good);

/** Each line by itself, as long as every one is an object. */
function lineByLine(text: string): unknown[] | undefined {
  const lines = text.endsWith('\n') ? text.slice(0, -1) : text;
  try {
    const values = lines.split('\n').map((one) => JSON.parse(one) as unknown);
    return values.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
      ? values
      : undefined;
  } catch {
    return undefined;
  }
}

/** What is taken of it is what its lines say. */
function expectLines(text: string): void {
  const values = parse(text);
  if (values !== undefined) expect({ text, values }).toEqual({ text, values: lineByLine(text) });
}

describe('a packed record', () => {
  it.each([
    ['lines', packed.join('\n')],
    ['lines, the last one ended too', `${packed.join('\n')}\n`],
    ['lines that end in carriage returns', packed.map((one) => `${one}\r`).join('\n')],
    ['lines with characters of several bytes', [...packed, '{"note":"Größe 40 °C, 温度 😀"}'].join('\n')],
    ['lines with commas and brackets in texts', [...packed, '{"note":"},[1,2]"}', good].join('\n')],
    [
      'bytes that are no UTF-8',
      Buffer.concat([
        Buffer.from(`${LONG}\n{"note":"`),
        Buffer.from('c328e2', 'hex'),
        Buffer.from(`"}\n${good}`),
      ]),
    ],
  ])('of %s is parsed at once, as each line would be', (_, data) => {
    const values = parse(data);
    expect(values).toBeDefined();
    expect(values).toEqual(lineByLine(Buffer.from(data as string).toString()));
  });

  it.each([
    ['a line with two readings', `${good},${good}`],
    ['blank lines', '\n'],
    ['a line of blanks', ' '],
    ['a number', '1'],
    ['two numbers', '1,2'],
    ['a bracket', '['],
    ['another bracket', ']'],
    ['a bracket after a reading', `${good}]`],
    ['an array', `[${good}]`],
    ['a comma after a reading', `${good},`],
    ['half a reading', good.slice(0, 60)],
    ['a NUL', '\0'],
    ['a byte order mark', `\uFEFF${good}`],
    ['an object in an object', '{"a":{}}'],
    ['a text with a brace', '{"a":"{"}'],
    ['a line that is too long', `{"a":"${'x'.repeat(MAX_READING_BYTES)}"}`],
  ])('with %s is left to be parsed line by line', (_, unusual) => {
    for (const at of [0, 7, packed.length]) {
      expect(parse(packed.toSpliced(at, 0, unusual).join('\n'))).toBeUndefined();
    }
  });

  it.each([
    ['one reading in two lines and two in one', ['{"a":1', '"b":2}', '{"c":1},{"d":2}']],
    ['two readings inside another and two in one line', ['{"a":[{}', '{}]}', '{"c":1},{"d":2}']],
    ['a text over two lines and two readings in one', ['{"a":"', '{"}', '{"c":1},{"d":2}']],
    ['a text over two lines', ['{"a":"', '{"}']],
    ['an array over two lines', ['{"a":1},[1', '{"b":2}]']],
    ['a text over two lines after a reading', ['{"a":1},"', '{"']],
    ['a number after a reading, and a brace less', ['{"a":1},2', '{"a":"', '{"}']],
  ])('that would be valid with commas, and is not by its lines, is not taken: %s', (_, lines) => {
    expect(Array.isArray(JSON.parse(`[${lines.join(',')}]`))).toBe(true);
    expect(parse([LONG, ...lines].join('\n'))).toBeUndefined();
    expect(parse([...lines, LONG].join('\n'))).toBeUndefined();
  });

  it('of valid JSON whose commas are line feeds, wherever these are, is taken only as its lines are', () => {
    const text = fc.string({ unit: fc.constantFrom(...'a,{}[]":\\'), maxLength: 5 });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(1, null),
        text,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(text, tie('value'), { maxKeys: 3 }),
      ),
    }));
    const elements = fc.oneof(
      fc.array(value, { minLength: 1, maxLength: 6 }),
      fc.array(fc.dictionary(text, fc.oneof(fc.constant(1), text)), { minLength: 1, maxLength: 6 }),
    );
    let taken = 0;
    fc.assert(
      fc.property(elements, fc.infiniteStream(fc.boolean()), fc.boolean(), (some, feeds, first) => {
        const json = JSON.stringify(some).slice(1, -1);
        const lines = json.replaceAll(',', () => (feeds.next().value ? '\n' : ','));
        const record = first ? `${LONG}\n${lines}` : `${lines}\n${LONG}`;
        expectLines(record);
        if (parse(record)) taken += 1;
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('of any lines is taken only as its lines are', () => {
    const piece = fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"', '\\', '\n', '\n', '\r', '\0', '\uFEFF', ' ', '1', '1,2'],
      ...['"a":1', '{"a":1}', '{"a":1},{"a":2}', '{"a":1}\n{"a":2}', '}\n{', '{}', '\n{"b":"'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expectLines(`${LONG}\n${pieces.join('')}`);
        expectLines(`${pieces.join('')}\n${LONG}`);
      }),
      { numRuns: 3000 },
    );
  });
});
