/** What somebody reads whose line is not a reading: what came, what was expected, and what to change. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adviceOn } from '../../../services/contract/advice.ts';
import { verdictOn } from '../../../services/contract/line.ts';

const GOOD = {
  ...{ device_id: 'd1', site_id: 's1', seq: 1, temperature: 20.5 },
  ...{ timestamp: '2026-01-31T09:30:00Z', timestamp_sent: '2026-01-31 09' },
};
const NOW = Date.parse(GOOD.timestamp);
function told(line: object | string): [string, string] {
  const verdict = verdictOn(typeof line === 'string' ? line : JSON.stringify(line), NOW);
  return 'reason' in verdict ? [verdict.reason, verdict.advice] : [verdict.verdict, ''];
}
const text = JSON.stringify(GOOD);
const METRICS = 'temperature, cpu, ram, hd';
const NONE = `reading: Expected at least one of ${METRICS}`;

describe('a line that is JSON', () => {
  it.each<[string, object | string, RegExp | string, RegExp | string]>([
    [
      'a number in quotes',
      { ...GOOD, temperature: '20.5' },
      /got a number in quotes$/,
      /^Send a JSON number/,
    ],
    ['seconds', { ...GOOD, timestamp: 1769851800 }, /got a number: is it seconds or ms/, /^Write RFC 3339/],
    [
      'a count beyond all',
      `${text.slice(0, -1)},"seq":1e400}`,
      /^seq: .* got one that is too large$/,
      /^Count/,
    ],
    ['a local day', { ...GOOD, timestamp: '31.01.2026 09:30' }, /not written year first/, /^Write RFC 3339/],
    ['one field less', { ...GOOD, seq: undefined }, 'seq: missing', /^Count the readings/],
    [
      'a Shelly',
      { id: 0, tC: 22.4 },
      /^device_id, site_id, .*: missing; reading:/,
      'Add these fields to each line',
    ],
    [
      'a unit in the name',
      { ...GOOD, temperature: undefined, temperature_c: 20 },
      `${NONE}, got a longer name with temperature in it: call it temperature`,
      `Send at least one of ${METRICS}`,
    ],
    [
      'capitals',
      { ...GOOD, temperature: undefined, Temperature: 20 },
      /got temperature in capitals/,
      /^Send at least/,
    ],
    [
      'nested fields',
      { ...GOOD, temperature: undefined, data: { t: 20 } },
      /fields inside another field/,
      /^Send/,
    ],
    ['half a reading', { ...GOOD, seq: 1.5 }, /got one with decimals$/, /^Count/],
    ['a blank in a name', { ...GOOD, device_id: 'd 1' }, /got other characters/, /^Name it/],
    ['an array', [GOOD], 'reading: Expected a JSON object, got an array', /^Send a JSON object/],
  ])('%s', (_, line, reason, advice) => {
    expect(told(line)).toEqual([
      typeof reason === 'string' ? reason : expect.stringMatching(reason),
      typeof advice === 'string' ? advice : expect.stringMatching(advice),
    ]);
  });

  it('is never told by its values', () => {
    const value = fc.oneof(fc.constantFrom('hunter2', -7654321.5, true, null, ['hunter2'], { hunter2: 1 }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(GOOD), 'cpu', 'other'), value), (line) => {
        expect(told({ ...GOOD, ...line }).join()).not.toMatch(/hunter2|7654321/);
      }),
    );
  });
});

describe('a line that is not JSON', () => {
  it.each([
    ["Python's str()", text.replaceAll('"', "'"), 'single quotes', /json\.dumps/],
    ['NaN', text.replace('20.5', 'NaN'), 'a value that is NaN or infinite', /null/],
    ['None', text.replace('20.5', 'None'), 'a word that JSON does not have', /null/],
    ['a byte order mark', `\uFEFF${text}`, 'a byte order mark comes first', /without a byte order mark/],
    ['gzip', '\u001f\uFFFD\b\0\0', 'it is compressed', /not compressed/],
    ['zlib', 'x\uFFFD\uFFFDV', 'it is compressed', /not compressed/],
    ['UTF-16, big end first', `\0${[...text].join('\0')}`, 'it is UTF-16, or binary', /UTF-8/],
    ['a JSON sequence', `\u001e${text}`, 'a control character comes first', /line feed/],
    ['the end of a text in C', `${text}\0`, 'a control character comes last', /zero byte/],
    ['a decimal comma', text.replace('20.5', '20,5'), 'a decimal comma', /point/],
    ...['+20', '.5', '5.', '0x14', '007', '1_000'].map((number): [string, string, string, RegExp] => {
      const looks = 'a number in another form than those of JSON';
      return [number, text.replace('20.5', number), looks, /-21\.5/];
    }),
    ['a number that is cut off', text.slice(0, text.indexOf('20.5') + 3), 'it is cut off', /whole/],
    ['JSON5', '{device_id: "d1", seq: 1}', 'names without quotes', /double quotes/],
    ['an element of an array', `${text},`, 'a comma after it', /no comma/],
    ['XML', '<reading/>', 'it is XML, or HTML', /JSON object/],
    ['CSV', 'boiler-7,plant-1,1,20.5', 'values with commas', /JSON object/],
    ['UTF-16', Buffer.from(text, 'utf16le').toString(), 'it is UTF-16, or binary', /UTF-8/],
    ['two readings', text + text, 'several objects', /line feed/],
    ['a last comma', text.replace('}', ',}'), 'a comma before a closing bracket', /comma/],
    ['a piece', text.slice(0, 50), 'it is cut off', /whole/],
    ['line protocol', 'cpu,host=a usage=20.1 1769851800000000000', 'names and values with =', /JSON object/],
  ])('%s', (_, line, looks, advice) => {
    expect(told(line)).toEqual([`not JSON: ${looks}`, expect.stringMatching(advice)]);
  });

  it('may be anything: then it is only not JSON', () => {
    expect(told('hello')).toEqual(['not JSON', adviceOn('not JSON')]);
  });
});
