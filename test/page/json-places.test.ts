/** Where everything stands in JSON, and where a text ceases to be JSON: by laws that JSON.parse states. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Path = (string | number)[];
interface Place {
  path: Path;
  from: number;
  to: number;
}
/** The page's scripts have types of their own. */
const scripts: string[] = ['json-break.js', 'json-places.js'].map(
  (name) => `../../infra/local/console/page/${name}`,
);
const { brokenAt, lineAt, pathAt, placeOf, placesOf } = Object.assign(
  {},
  ...(await Promise.all(scripts.map((script) => import(script)))),
) as {
  brokenAt(text: string): number | undefined;
  lineAt(text: string, at: number): number;
  pathAt(places: Place[], at: number): Path;
  placeOf(places: Place[], path: Path): Place | undefined;
  placesOf(text: string): Place[];
};

const json = fc.jsonValue({ maxDepth: 4 });
const written = fc.tuple(json, fc.constantFrom(undefined, 2)).map(([value, indent]) => ({
  value,
  text: JSON.stringify(value, undefined, indent),
}));

/** The path of every value, outer ones first. */
const pathsOf = (value: unknown, path: Path = []): Path[] => [
  path,
  ...(Array.isArray(value)
    ? value.flatMap((item, i) => pathsOf(item, [...path, i]))
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, item]) => pathsOf(item, [...path, name]))
      : []),
];
const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, part) => (inner as Record<string | number, unknown>)[part], value);

describe('places in JSON', () => {
  it('are those of all values, each with its text', () => {
    fc.assert(
      fc.property(written, ({ value, text }) => {
        const places = placesOf(text);
        expect(places.map(({ path }) => path)).toEqual(pathsOf(value));
        for (const { path, from, to } of places) {
          const own = text.slice(from, to);
          const isField = typeof path.at(-1) === 'string';
          const parsed: unknown = JSON.parse(isField ? `{${own}}` : own);
          const name = String(path.at(-1));
          expect(isField ? (parsed as Record<string, unknown>)[name] : parsed).toEqual(valueAt(value, path));
        }
      }),
    );
  });

  it('are found in any text, however broken, and stay within it', () => {
    const broken = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', ',', ':', '"', 'a', '1', ' ', '\n', '\\') }),
    );
    fc.assert(
      fc.property(broken, (text) => {
        for (const { from, to } of placesOf(text))
          expect([0 <= from, from <= to, to <= text.length]).toEqual([true, true, true]);
      }),
    );
  });

  it('lead from the cursor to a path, and from a path to a line', () => {
    const text = '{\n  "rules": [\n    { "name": "a" },\n    { "severity": [{ "severity": "warn';
    const places = placesOf(text);
    expect(pathAt(places, text.indexOf('"a"'))).toEqual(['rules', 0, 'name']);
    expect(pathAt(places, text.length)).toEqual(['rules', 1, 'severity', 0, 'severity']);
    // What is missing is shown where it would be.
    expect(lineAt(text, placeOf(places, ['rules', 1, 'metric'])?.from ?? 0)).toBe(4);
  });
});

describe('where a text ceases to be JSON', () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };

  it('is nowhere in JSON, and somewhere in everything else', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u00e9"',
      '"\\x"',
      '01',
      '-1.5e3',
      'true',
      'nul',
      ' ',
      '\n',
    ];
    const texts = fc.oneof(
      written.map(({ text }) => text),
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(texts, (text) => (brokenAt(text) === undefined) === isJson(text)),
      {
        numRuns: 500,
      },
    );
  });

  it.each([
    ['{"a": [,1]}', 7],
    ['{"a": 1 "b": 2}', 8],
    ['{"a": 1,}', 8],
    ['{"a": x}', 6],
    ['{"a": "\n"}', 6],
    ['{"a": 1', 7],
    ['', 0],
  ])('in %j it is at %d', (text, at) => expect(brokenAt(text)).toBe(at));
});
