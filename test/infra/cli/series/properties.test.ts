/** Whatever a writer of CSV makes of a series is the same series; and damage never makes other values of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Series, SeriesOptions } from '../../../../infra/cli/series/reader.ts';
import { readSeries } from '../../../../infra/cli/series/series.ts';
import { UserError } from '../../../../infra/cli/user-error.ts';
import { textFile } from './support/text-file.ts';

interface Point {
  ms: number;
  value: number;
}

const pad = (n: number, width = 2) => String(n).padStart(width, '0');
const parts = (ms: number) => {
  const date = new Date(ms);
  const day = [pad(date.getUTCFullYear(), 4), pad(date.getUTCMonth() + 1), pad(date.getUTCDate())] as const;
  const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
  return { day, clock: `${time}.${pad(date.getUTCMilliseconds(), 3)}` };
};

/** Each with the option without which it may be ambiguous. */
const TIME_WRITERS: [write: (ms: number) => string, options: Partial<SeriesOptions>][] = [
  [(ms) => new Date(ms).toISOString(), {}],
  [(ms) => `${parts(ms).day.join('-')} ${parts(ms).clock}`, {}],
  [(ms) => `${new Date(ms + 5.5 * 3_600_000).toISOString().slice(0, -1)}123+05:30`, {}],
  [(ms) => `${parts(ms).day.join('/')} ${parts(ms).clock} UTC`, {}],
  [(ms) => `${parts(ms).day.toReversed().join('.')} ${parts(ms).clock}`, {}],
  [(ms) => `${parts(ms).day.toReversed().join('/')} ${parts(ms).clock}`, { timeFormat: 'DD/MM/YYYY' }],
  [
    (ms) => {
      const [year, month, day] = parts(ms).day;
      return `${month}/${day}/${year} ${parts(ms).clock}`;
    },
    { timeFormat: 'MM/DD/YYYY' },
  ],
  [(ms) => String(ms), {}],
  [(ms) => `${Math.floor(ms / 1000)}.${pad(ms % 1000, 3)}`, {}],
  [(ms) => `${ms}000`, {}],
  [(ms) => `${ms}000999`, {}],
];

/** A writer's ways, and a series. */
const written = fc.record({
  points: fc.uniqueArray(
    fc.record({
      ms: fc.integer({ min: Date.UTC(2001, 0, 1), max: Date.UTC(2029, 11, 31) }),
      value: fc.double({ min: -273, max: 9999, noNaN: true }).map((value) => value + 0),
    }),
    { minLength: 1, maxLength: 12, selector: ({ ms }) => ms },
  ),
  time: fc.constantFrom(...TIME_WRITERS),
  timeName: fc.constantFrom('timestamp', 'Time', 'DATETIME', 'last_changed', '_time'),
  valueName: fc.constantFrom('value', 'VALUE', '_value', 'State'),
  decimal: fc.constantFrom<'point' | 'comma'>('point', 'comma'),
  delimiter: fc.constantFrom(',', ';', '\t'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  quoteAll: fc.boolean(),
  lastLineEnds: fc.boolean(),
  order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
  notes: fc.array(fc.string({ unit: fc.constantFrom(...' abc#"",;\t\r\n1.5é'), maxLength: 8 }), {
    minLength: 12,
    maxLength: 12,
  }),
  sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
});
type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

const tableOf = ({ points, time, timeName, valueName, decimal, order, notes }: Written): string[][] => {
  const numberOf = (value: number) => (decimal === 'comma' ? String(value).replace('.', ',') : String(value));
  const rows = points.map(({ ms, value }, i) => [time[0](ms), numberOf(value), notes[i] as string, `${i}`]);
  return [[timeName, valueName, 'some note; or other', ''], ...rows].map((row) =>
    order.map((i) => row[i] as string),
  );
};

function write(table: string[][], { delimiter, lineEnd, quoteAll, lastLineEnds }: Written): string {
  const quoted = (cell: string) =>
    quoteAll || /["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const text = table.map((row) => row.map(quoted).join(delimiter)).join(lineEnd);
  return lastLineEnds ? text + lineEnd : text;
}

const read = (text: string, { time, decimal, sizes }: Written, options: Partial<SeriesOptions> = {}) =>
  readSeries(textFile(text, 'some.csv', sizes), { metric: 'temperature', decimal, ...time[1], ...options });

const pointsOf = ({ timesMs, values }: Series): Point[] =>
  timesMs.map((ms, i) => ({ ms, value: values[i] as number }));
const inOrder = (points: readonly Point[]) => points.toSorted((a, b) => a.ms - b.ms);

/** The series, or undefined where the file is refused. */
async function readOrRefuse(...args: Parameters<typeof read>): Promise<Series | undefined> {
  try {
    return await read(...args);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

describe('a series that was written as CSV', () => {
  it('reads back as the same points, however it was written', async () => {
    await fc.assert(
      fc.asyncProperty(written, async (ways) => {
        const series = await read(write(tableOf(ways), ways), ways);
        expect(pointsOf(series)).toEqual(inOrder(ways.points));
        expect(series.skipped).toEqual({ count: 0, named: [] });
      }),
      { numRuns: 100 },
    );
  });

  it('reads back as the same points or is refused, where nothing says what is meant', async () => {
    await fc.assert(
      fc.asyncProperty(written, async (ways) => {
        const text = write(tableOf(ways), ways);
        const series = await readOrRefuse(text, ways, { timeFormat: undefined, decimal: undefined });
        if (series) expect(pointsOf(series)).toEqual(inOrder(ways.points));
      }),
      { numRuns: 100 },
    );
  });
});

/** Not digits, signs and marks: what these make of a number may be another number. */
const JUNK = [...'abcXYZ_:;,"\t|°%#/ '].filter((letter) => letter !== ',');
const WORDS = ['', 'NaN', 'null', 'unknown', 'unavailable', '0x15', '--', 'inf', '2026-02-30', '"'];
const damage = fc.record({
  row: fc.nat(),
  column: fc.nat(3),
  at: fc.nat(),
  by: fc.oneof(
    fc.record({ letter: fc.constantFrom(...JUNK) }),
    fc.record({ word: fc.constantFrom(...WORDS) }),
  ),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(cell: string, { at, by }: Damage): string {
  if ('word' in by) return by.word;
  const index = at % (cell.length + 1);
  return cell.slice(0, index) + by.letter + cell.slice(index);
}

describe('a damaged cell', () => {
  it('gives the value that was written, or a row that is named, but no other value', async () => {
    await fc.assert(
      fc.asyncProperty(written, damage, async (ways, harm) => {
        const table = tableOf(ways);
        const row = table[1 + (harm.row % ways.points.length)] as string[];
        row[harm.column] = damaged(row[harm.column] as string, harm);
        const series = await readOrRefuse(write(table, ways), ways);
        if (series) expectNoOther(series, ways.points);
      }),
      { numRuns: 150 },
    );
  });

  it('does so as well where the damage is to the text: a delimiter, a quote, a line break too many', async () => {
    await fc.assert(
      fc.asyncProperty(
        written,
        damage,
        fc.constantFrom('"', 'delimiter', '\n'),
        async (ways, harm, letter) => {
          const table = tableOf(ways);
          const rows = table.map((row) => write([row], { ...ways, lastLineEnds: false }));
          const index = 1 + (harm.row % ways.points.length);
          const text = rows[index] as string;
          const extra = letter === 'delimiter' ? ways.delimiter : letter;
          const by = { letter: extra };
          // Within a number, a delimiter or a line break makes another one of it.
          const at = text.indexOf(ways.delimiter) + 1;
          rows[index] = damaged(text, { ...harm, at: letter === '"' ? harm.at : at, by });
          const series = await readOrRefuse(rows.join(ways.lineEnd), ways);
          if (series) expectNoOther(series, ways.points);
        },
      ),
      { numRuns: 150 },
    );
  });
});

function expectNoOther(series: Series, points: readonly Point[]): void {
  const found = pointsOf(series);
  for (const point of found) expect(points).toContainEqual(point);
  if (found.length < points.length) expect(series.skipped.count).toBeGreaterThan(0);
}
