import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainReading } from '../../../services/contract/explain-reading.ts';
import { READING_COLUMNS } from '../../../services/contract/lake-columns.ts';
import {
  formatSentHour,
  formatTimestamp,
  ID_PATTERN,
  isReading,
  METRICS,
  type Metric,
  type Reading,
  valueOfMetric,
} from '../../../services/contract/reading.ts';
import { readingSchema } from '../../../services/contract/reading-schema.ts';
import {
  instantMs,
  instantOf,
  isTime,
  TIME_PATTERN,
  TIMESTAMP_PATTERN,
} from '../../../services/contract/time.ts';

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
const isMetric = (field: string) => METRICS.some((metric) => metric === field);

/** Values near the edge of what each field accepts, and far beyond. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      0,
      -0,
      -1,
      100,
      100.000001,
      100.002,
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
      '2026-01-31 09:30:00+05:45',
      '2026-02-29T09:30:00-14:00',
      '0000-01-01T00:00:00+00:01',
      '9999-12-31T23:59:59-00:01',
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
  fc.stringMatching(
    /^\d{4}-[01]\d-[0-3]\d[Tt ][0-2]\d:[0-6]\d:[0-6]\d(\.\d{0,10})?([Zz]|[+-][01]\d:[0-6]\d)$/,
  ),
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
        expect(isReading(candidate)).toBe(readingSchema.safeParse(candidate).success);
      }),
      { numRuns: 5000 },
    );
  });

  it('agrees with readingSchema about anything at all', () => {
    fc.assert(
      fc.property(fc.anything(), (candidate) => {
        expect(isReading(candidate)).toBe(readingSchema.safeParse(candidate).success);
      }),
    );
  });

  it('takes an id as its pattern does, whichever character it has', () => {
    const id = fc.string({
      unit: fc.oneof(fc.constantFrom(...'aZ09._-'), fc.string({ maxLength: 1 })),
      maxLength: 66,
    });
    fc.assert(
      fc.property(id, (device_id) => {
        expect(isReading({ ...GOOD, device_id })).toBe(ID_PATTERN.test(device_id));
      }),
    );
    for (const length of [1, 64, 65])
      expect(isReading({ ...GOOD, device_id: 'a'.repeat(length) })).toBe(length < 65);
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

  it.each(FIELDS.filter((field) => !isMetric(field)))('wants %s', (field) => {
    const { [field]: _, ...without } = GOOD;
    expect(isReading(without)).toBe(false);
    expect(explainReading(without)).toMatch(new RegExp(`^${field}: `));
  });
});

describe('the metrics', () => {
  const without = (metrics: readonly Metric[], as?: null) => {
    const reading: Record<string, unknown> = { ...GOOD };
    for (const metric of metrics) {
      if (as === null) reading[metric] = null;
      else delete reading[metric];
    }
    return reading;
  };

  it.each(METRICS)('may all be missing or null but for %s', (metric) => {
    const others = METRICS.filter((name) => name !== metric);
    for (const reading of [without(others), without(others, null)]) {
      expect(isReading(reading)).toBe(true);
      expect(METRICS.map((name) => valueOfMetric(reading as Reading, name))).toEqual(
        METRICS.map((name) => (name === metric ? GOOD[name] : undefined)),
      );
    }
  });

  it('may not all be missing', () => {
    const expected = 'reading: Expected at least one of temperature, cpu, ram, hd';
    for (const [reading, reason] of [
      [without(METRICS), expected],
      [without(METRICS, null), `${expected}, got null`],
    ] as const) {
      expect(isReading(reading)).toBe(false);
      expect(explainReading(reading)).toBe(reason);
    }
  });

  it('are taken as the limit a hair outside of their range', () => {
    expect(isReading({ ...GOOD, cpu: 100.0001 })).toBe(true);
    expect(valueOfMetric({ ...GOOD, cpu: 100.0001 }, 'cpu')).toBe(100);
    expect(valueOfMetric({ ...GOOD, cpu: -1e-9 }, 'cpu')).toBe(0);
    expect(valueOfMetric({ ...GOOD, temperature: -273.1504 }, 'temperature')).toBe(-273.15);
    expect(isReading({ ...GOOD, cpu: 100.0011 })).toBe(false);
  });
});

describe('the time', () => {
  const INSTANT = Date.parse('2026-01-31T09:30:00.000Z');

  it.each([
    ['2026-01-31T09:30:00Z', 0],
    ['2026-01-31T09:30:00.5Z', 500],
    ['2026-01-31T09:30:00.123456789Z', 123],
    ['2026-01-31T10:30:00.000001+01:00', 0],
    ['2026-01-31T10:30:00.123456+01:00', 123],
    ['2026-01-31T01:30:00-08:00', 0],
    ['2026-01-31T23:30:00+14:00', 0],
    ['2026-01-31T15:15:00.999+05:45', 999],
    ['2026-01-31 09:30:00.123+00:00', 123],
    ['2026-01-31t09:30:00.123z', 123],
    ['2026-01-31T09:30:00-00:00', 0],
  ])('%s is taken, as the instant that it is', (timestamp, ms) => {
    expect(explainReading({ ...GOOD, timestamp })).toBeUndefined();
    expect(isReading({ ...GOOD, timestamp })).toBe(true);
    expect(instantMs(timestamp)).toBe(INSTANT + ms);
    expect(instantOf(timestamp)).toBe(formatTimestamp(INSTANT + ms));
  });

  it.each([
    ['2026-01-31T09:30:00', 'got one without a zone: add Z if it is UTC'],
    ['2026-01-31T09:30Z', 'got one without seconds'],
    ['2026-01-31T09:30:00+01', 'got an offset without colon and minutes: write +01:00'],
    ['2026-01-31T09:30:00+0100', 'got an offset without colon and minutes: write +01:00'],
    ['2026-01-31T09:30:00 UTC', 'got a zone by name: write Z'],
    ['2026-01-31T09:30:00,5Z', 'got a decimal comma: write a point'],
    ['2026-01-31T09:30:00.1234567890Z', 'got more than nine decimals'],
    ['2026-01-31T23:59:60Z', 'got a leap second: Athena reads seconds up to 59'],
    ['2026-01-31', 'got a day without a time'],
    ['1769851800', 'got a text of digits: is it seconds or ms since the epoch?'],
    ['1769851800.5', 'got a text of digits: is it seconds or ms since the epoch?'],
    ['1769851800000000', 'got a text of digits: is it µs since the epoch?'],
    ['1769851800000000000', 'got a text of digits: is it ns since the epoch?'],
    [1_769_851_800, 'got a number: is it seconds or ms since the epoch?'],
    [1_769_851_800_000, 'got a number: is it seconds or ms since the epoch?'],
    [1_769_851_800_000_000, 'got a number: is it µs since the epoch?'],
    [1.7698518e18, 'got a number: is it ns since the epoch?'],
    ['2026-01-31T24:00:00Z', 'got an hour of 24: midnight is 00:00:00 of the next day'],
    ['2026-01-31T24:00Z', 'got an hour of 24: midnight is 00:00:00 of the next day'],
    ['10000-01-01T00:00:00Z', 'got a year of more than four digits: were ms taken for seconds?'],
    ['+058053-11-06T14:40:00.000Z', 'got a year of more than four digits: were ms taken for seconds?'],
    ['2026-01-31T09:30:00Z ', 'got a blank before or after it'],
    ['\t2026-01-31T09:30:00Z', 'got a blank before or after it'],
    ['2026-01-31T09:30:00Z\n', 'got a blank before or after it'],
    ['2026-01-31T09:30:00 Z', 'got a blank before the zone'],
    ['2026-01-31 09:30:00.5 +0100', 'got a blank before the zone'],
    ['2026-01-31T09:30:00+14:30', 'or 2026-01-31T10:30:00.123+01:00'],
    ['0000-01-01T00:00:00+01:00', 'Expected a year of four digits, also in UTC'],
    ['2026-02-30T00:00:00+01:00', 'Expected a day that the calendar has'],
  ])('%s is refused, with the likely reason', (timestamp, reason) => {
    expect(isReading({ ...GOOD, timestamp } as unknown)).toBe(false);
    expect(explainReading({ ...GOOD, timestamp })).toMatch(/^timestamp: /);
    expect(explainReading({ ...GOOD, timestamp })?.endsWith(reason)).toBe(true);
  });

  it('of any offset and precision is the instant that Date knows', () => {
    const written = fc.record({
      ms: fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2100, 0) }),
      offset: fc.integer({ min: -14 * 60, max: 14 * 60 }),
      decimals: fc.integer({ min: 3, max: 9 }),
    });
    fc.assert(
      fc.property(written, ({ ms, offset, decimals }) => {
        const wall = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
        const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
        const zone = `${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
        const timestamp = `${wall}${'9'.repeat(decimals - 3)}${zone}`;
        expect(isReading({ ...GOOD, timestamp })).toBe(true);
        expect(instantMs(timestamp)).toBe(ms);
      }),
    );
  });
});

it('a time in our own form with one character changed is one as its pattern says, whichever was asked for before', () => {
  const changed = fc.record({
    ms: fc.integer({ min: INSTANT_OF_DAY, max: INSTANT_OF_DAY + 86_399_999 }),
    at: fc.nat(23),
    to: fc.constantFrom(...'0123456789:;/-.TZ é'),
  });
  fc.assert(
    fc.property(changed, ({ ms, at, to }) => {
      const time = formatTimestamp(ms);
      const text = `${time.slice(0, at)}${to}${time.slice(at + 1)}`;
      expect([isTime(time), instantMs(time)]).toEqual([true, ms]);
      expect(isTime(text)).toBe(TIME_PATTERN.test(text) && isOfCalendar(text));
      if (TIMESTAMP_PATTERN.test(text) && isTime(text)) expect(instantMs(text)).toBe(Date.parse(text));
      expect(instantMs(time)).toBe(ms);
    }),
    { numRuns: 2000 },
  );
});

const INSTANT_OF_DAY = Date.parse('2026-01-29T00:00:00.000Z');
const isOfCalendar = (text: string) =>
  new Date(`${text.slice(0, 10)}T00:00:00.000Z`).getUTCDate() === Number(text.slice(8, 10));

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
  it('names the fields that the schema refuses, whatever they hold', () => {
    const almost = fc
      .array(fc.tuple(fc.constantFrom(...FIELDS, 'extra'), fc.oneof(value, fc.constant(undefined))), {
        minLength: 1,
        maxLength: 5,
      })
      .map((changes) => ({ ...GOOD, ...Object.fromEntries(changes) }));
    fc.assert(
      fc.property(almost, (candidate) => {
        const issues = readingSchema.safeParse(candidate).error?.issues ?? [];
        const reason = explainReading(candidate) ?? '';
        const ofFields = reason.replace(/reading: .*$/, '');
        const named = FIELDS.filter((name) => new RegExp(`(?:^|[;,] )${name}[:,]`).test(ofFields));
        expect({ candidate, named }).toEqual({
          candidate,
          named: FIELDS.filter((name) => issues.some(({ path }) => path[0] === name)),
        });
        expect(reason === '').toBe(issues.length === 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('has nothing to say about a reading', () => {
    expect(explainReading(GOOD)).toBeUndefined();
  });

  it('says which field is wrong and what was expected, but not its value', () => {
    expect(explainReading({ ...GOOD, cpu: 'hunter2' })).toBe('cpu: Expected a number, got a text');
    expect(explainReading({ ...GOOD, timestamp: '2026-02-30T00:00:00.000Z' })).toBe(
      'timestamp: Expected a day that the calendar has',
    );
    expect(explainReading('hunter2')).toBe('reading: Expected a JSON object, got a text');
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
