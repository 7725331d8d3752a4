import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  explainReading,
  formatSentHour,
  isReading,
  READING_COLUMNS,
  type Reading,
  readingSchema,
} from '../../../services/contract/reading.ts';

const GOOD: Reading = {
  device_id: 'pump-1',
  site_id: 'site-a',
  seq: 7,
  temperature: 51.5,
  cpu: 30,
  ram: 40,
  hd: 50,
  timestamp: '2026-01-31T09:30:00.000Z',
  timestamp_sent: '2026-01-31 09',
};
const FIELDS = Object.keys(GOOD) as (keyof Reading)[];

/** Values near the edge of what each field accepts, and far beyond. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      0,
      -0,
      -1,
      100,
      100.000001,
      1.5,
      2 ** 53 - 1,
      2 ** 53,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      null,
      undefined,
    ],
    ...['', 'a', 'a'.repeat(64), 'a'.repeat(65), 'a b', 'ä', 'a\n', '7', true, [], {}],
    ...[
      '2026-02-28T09:30:00.000Z',
      '2026-02-29T09:30:00.000Z',
      '2024-02-29T09:30:00.000Z',
      '2026-04-31T23:59:59.999Z',
    ],
    ...[
      '2026-01-31T24:00:00.000Z',
      '2026-01-31T09:30:00Z',
      '2026-01-31T09:30:00.000z',
      '2026-01-31T09:30:60.000Z',
    ],
    ...[
      '2026-01-31T09:30:00.000Z\n',
      '0000-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
      '2026-13-01T00:00:00.000Z',
    ],
    ...['2026-01-31 09', '2026-02-30 09', '2026-01-31 24', '2026-01-31T09', '2026-01-31 9', '2026-00-10 09'],
  ),
  fc.double(),
  fc.string(),
  fc.stringMatching(/^\d{4}-[01]\d-[0-3]\d[T ][0-2]\d:[0-6]\d:[0-6]\d\.\d{3}Z$/),
  fc.stringMatching(/^\d{4}-[01]\d-[0-3]\d [0-2]\d$/),
  fc.jsonValue(),
);

describe('isReading', () => {
  it('agrees with readingSchema, whatever the fields hold', () => {
    const almost = fc
      .array(fc.tuple(fc.constantFrom(...FIELDS, 'extra'), value), { minLength: 1, maxLength: 2 })
      .map((changes) => ({ ...GOOD, ...Object.fromEntries(changes) }));
    fc.assert(
      fc.property(almost, (candidate) => {
        expect(isReading(candidate)).toBe(readingSchema().safeParse(candidate).success);
      }),
      { numRuns: 5000 },
    );
  });

  it('agrees with readingSchema about anything at all', () => {
    fc.assert(
      fc.property(fc.anything(), (candidate) => {
        expect(isReading(candidate)).toBe(readingSchema().safeParse(candidate).success);
      }),
    );
  });

  it('accepts a reading, with or without fields that have no column', () => {
    expect(isReading(GOOD)).toBe(true);
    expect(isReading({ ...GOOD, firmware: '1.2' })).toBe(true);
  });

  it.each([
    ['temperature', -273.15, 10_000],
    ['cpu', 0, 100],
    ['ram', 0, 100],
    ['hd', 0, 100],
  ])('takes %s from %d to %d, and nothing beyond', (metric, min, max) => {
    expect([min, max].map((value) => isReading({ ...GOOD, [metric]: value }))).toEqual([true, true]);
    expect([min - 0.01, max + 0.01].map((value) => isReading({ ...GOOD, [metric]: value }))).toEqual([
      false,
      false,
    ]);
    expect(explainReading({ ...GOOD, [metric]: max + 1 })).toBe(
      `${metric}: Too big: expected number to be <=${max}`,
    );
  });

  it.each(FIELDS)('wants %s', (field) => {
    const { [field]: _, ...without } = GOOD;
    expect(isReading(without)).toBe(false);
    expect(explainReading(without)).toMatch(new RegExp(`^${field}: `));
  });
});

describe('the days of a timestamp', () => {
  it('are those of the calendar, leap years and all', () => {
    const years = [1900, 2000, 2023, 2024, 2026, 2100];
    const days = years.flatMap((year) =>
      Array.from({ length: 12 * 31 }, (_, i) => {
        const two = (n: number) => String(n).padStart(2, '0');
        return `${year}-${two(Math.floor(i / 31) + 1)}-${two((i % 31) + 1)}`;
      }),
    );
    const exists = (day: string) => new Date(`${day}T00:00:00.000Z`).toISOString().startsWith(day);
    for (const day of days) {
      expect({ day, is: isReading({ ...GOOD, timestamp: `${day}T09:30:00.000Z` }) }).toEqual({
        day,
        is: exists(day),
      });
    }
  });
});

describe('explainReading', () => {
  it('has nothing to say about a reading', () => {
    expect(explainReading(GOOD)).toBeUndefined();
  });

  it('says which field is wrong and what was expected, but not its value', () => {
    expect(explainReading({ ...GOOD, cpu: 'hunter2' })).toBe(
      'cpu: Invalid input: expected number, received string',
    );
    expect(explainReading({ ...GOOD, timestamp: '2026-02-30T00:00:00.000Z' })).toBe(
      'timestamp: Expected a day that the calendar has',
    );
    expect(explainReading('hunter2')).toBe('reading: Invalid input: expected object, received string');
  });
});

describe('the lake', () => {
  it('has a column for every field, in wire order', () => {
    expect(READING_COLUMNS.map(({ name }) => name)).toEqual(FIELDS);
  });

  it('is partitioned by the hour of sending, in UTC', () => {
    expect(formatSentHour(Date.parse('2026-01-31T23:59:59.999Z'))).toBe('2026-01-31 23');
  });
});
