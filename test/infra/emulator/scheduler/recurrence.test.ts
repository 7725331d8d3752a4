import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../../../infra/emulator/scheduler/recurrence.ts';
import { latest } from '../../../../infra/emulator/scheduler/schedule.ts';

interface Frame {
  timeZone?: string;
  startMs?: number;
  endMs?: number;
}

/** The next times of an expression, to the minute. */
function times(expression: string, after: string, count: number, frame: Frame = {}): string[] {
  const afterMs = Date.parse(after);
  const recurrence = parseExpression(expression, { timeZone: 'UTC', firstMs: afterMs, ...frame });
  const found: string[] = [];
  for (
    let at = recurrence.next(afterMs);
    at !== undefined && found.length < count;
    at = recurrence.next(at)
  ) {
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

describe('cron expressions', () => {
  // Of AWS' own examples, and of 2026: 1 October is a Thursday.
  it.each([
    ['cron(0 10 * * ? *)', ['2026-10-01T10:00', '2026-10-02T10:00', '2026-10-03T10:00']],
    ['cron(0 18 ? * MON-FRI *)', ['2026-10-01T18:00', '2026-10-02T18:00', '2026-10-05T18:00']],
    ['cron(0 8 1 * ? *)', ['2026-10-01T08:00', '2026-11-01T08:00', '2026-12-01T08:00']],
    ['cron(0/15 * * * ? *)', ['2026-10-01T00:15', '2026-10-01T00:30', '2026-10-01T00:45']],
    ['cron(1/10 9 ? * 2,WED *)', ['2026-10-05T09:01', '2026-10-05T09:11', '2026-10-05T09:21']],
    ['cron(*/20 23 ? * 5 *)', ['2026-10-01T23:00', '2026-10-01T23:20', '2026-10-01T23:40']],
    ['cron(10-12 0-22/11 1 OCT,JAN ? *)', ['2026-10-01T00:10', '2026-10-01T00:11', '2026-10-01T00:12']],
    ['cron(15 10 ? * 6L 2022-2026)', ['2026-10-30T10:15', '2026-11-27T10:15', '2026-12-25T10:15']],
    ['cron(0 9 ? * 3#2 *)', ['2026-10-13T09:00', '2026-11-10T09:00', '2026-12-08T09:00']],
    ['cron(0 9 ? * L *)', ['2026-10-03T09:00', '2026-10-10T09:00', '2026-10-17T09:00']],
    ['cron(0 9 L * ? *)', ['2026-10-31T09:00', '2026-11-30T09:00', '2026-12-31T09:00']],
    ['cron(0 9 LW * ? *)', ['2026-10-30T09:00', '2026-11-30T09:00', '2026-12-31T09:00']],
    // The 3rd is a Saturday in October, and a Sunday in January 2027; the 1st of November is a Sunday.
    ['cron(0 9 3W * ? *)', ['2026-10-02T09:00', '2026-11-03T09:00', '2026-12-03T09:00', '2027-01-04T09:00']],
    ['cron(0 9 1W * ? *)', ['2026-10-01T09:00', '2026-11-02T09:00', '2026-12-01T09:00']],
    ['cron(0 9 31W * ? *)', ['2026-10-30T09:00', '2026-12-31T09:00', '2027-01-29T09:00']],
    ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['cron(0 0 1 1 ? 2030)', ['2030-01-01T00:00']],
    ['cron(0 0 30 2 ? *)', []],
  ])('%s', (expression, expected) => {
    expect(times(expression, '2026-10-01T00:00:00Z', expected.length || 1)).toEqual(expected);
  });

  it.each([
    ['cron(0 10 * * ?)', '6 fields'],
    ['cron(0 10 * * * *)', '? in one of'],
    ['cron(0 10 ? * ? *)', '? in one of'],
    ['cron(60 10 * * ? *)', 'minutes'],
    ['cron(0 24 * * ? *)', 'hours'],
    ['cron(0 10 0 * ? *)', 'day-of-month'],
    ['cron(0 10 L-3 * ? *)', 'day-of-month'],
    ['cron(0 10 * JUNE ? *)', 'month'],
    ['cron(0 10 ? * 0 *)', 'day-of-week'],
    ['cron(0 10 ? * 3#6 *)', 'day-of-week'],
    ['cron(0 10 ? * FRI-MON *)', 'day-of-week'],
    ['cron(0 10 * * ? 1969)', 'year'],
    ['cron(0/0 10 * * ? *)', 'minutes'],
    ['cron( 10 * * ? *)', '6 fields'],
    ['every(5 minutes)', 'rate(…), cron(…) or at(…)'],
    ['rate(0 minutes)', 'rate(5 minutes)'],
    ['rate(5 seconds)', 'rate(5 minutes)'],
    ['at(2026-02-30T00:00)', 'at(yyyy-mm-ddThh:mm:ss)'],
  ])('refuses %s', (expression, reason) => {
    expect(() => times(expression, '2026-10-01T00:00:00Z', 1)).toThrow(reason);
  });

  it('refuses an unknown time zone', () => {
    const timeZone = 'Mars/Olympus';
    expect(() => times('cron(0 0 * * ? *)', '2026-10-01T00:00:00Z', 1, { timeZone })).toThrow(timeZone);
  });
});

describe('time zones', () => {
  const timeZone = 'Europe/Berlin';

  it('skips a time that does not exist, where clocks are set forward', () => {
    expect(times('cron(30 2 * * ? *)', '2026-03-27T12:00:00Z', 3, { timeZone })).toEqual([
      ...['2026-03-28T01:30', '2026-03-30T00:30', '2026-03-31T00:30'],
    ]);
    expect(times('at(2026-03-29T02:30:00)', '2026-03-27T12:00:00Z', 1, { timeZone })).toEqual([]);
  });

  it('runs once at a time that comes twice, where clocks are set back', () => {
    expect(times('cron(0/30 2 * * ? *)', '2026-10-24T12:00:00Z', 4, { timeZone })).toEqual([
      ...['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-26T01:00', '2026-10-26T01:30'],
    ]);
    // Asked in the hour that is repeated.
    expect(times('cron(45 2 * * ? *)', '2026-10-25T01:10:00Z', 1, { timeZone })).toEqual([
      '2026-10-26T01:45',
    ]);
  });

  it('counts days of 24 hours in a rate', () => {
    expect(times('rate(1 day)', '2026-03-28T11:00:00Z', 2, { timeZone })).toEqual([
      ...['2026-03-29T11:00', '2026-03-30T11:00'],
    ]);
  });

  it('finds for every moment what the clocks show then, or nothing', () => {
    const zones = [
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Cairo',
      'Pacific/Apia',
    ];
    const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
    const law = fc.property(fc.constantFrom(...zones), moment, (zone, date) => {
      const local = date.toISOString().slice(0, 19);
      const [found] = times(`at(${local})`, '2000-01-01T00:00:00Z', 1, { timeZone: zone });
      if (found === undefined) return;
      const shown = new Date(`${found}Z`).toLocaleString('sv', { timeZone: zone });
      expect(shown.slice(0, 16)).toBe(local.slice(0, 16).replace('T', ' '));
    });
    fc.assert(law, { numRuns: 200 });
  });
});

describe('the bounds of a schedule', () => {
  it('a rate begins at once, or at its start, and ends before its end', () => {
    const at = Date.parse('2026-10-01T00:00:30Z');
    const rate = parseExpression('rate(5 minutes)', { timeZone: 'UTC', firstMs: at });
    expect([rate.next(at - 1), rate.next(at), rate.next(at + 300_000)]).toEqual([
      ...[at, at + 300_000, at + 600_000],
    ]);
    const startMs = Date.parse('2026-10-01T06:00:00Z');
    const endMs = Date.parse('2026-10-01T07:00:00Z');
    expect(times('rate(30 minutes)', '2026-10-01T00:00:00Z', 9, { startMs, endMs })).toEqual([
      ...['2026-10-01T06:00', '2026-10-01T06:30'],
    ]);
    expect(times('cron(0 * * * ? *)', '2026-10-01T00:00:00Z', 9, { startMs, endMs })).toEqual([
      '2026-10-01T06:00',
    ]);
  });

  it('do not hold for a schedule that runs once', () => {
    const endMs = Date.parse('2026-10-01T07:00:00Z');
    expect(times('at(2026-10-02T00:00:00)', '2026-10-01T00:00:00Z', 2, { endMs })).toEqual([
      '2026-10-02T00:00',
    ]);
  });
});

describe('times that have passed', () => {
  const EXPRESSIONS = [
    'cron(* * * * ? *)',
    'cron(0/30 2 * * ? *)',
    'cron(7 3 ? * 2#1 *)',
    'cron(0 2 * * ? 2026)',
  ];

  it('are made up for by the last of them, as one by one', () => {
    const anything = {
      expression: fc.constantFrom(...EXPRESSIONS, 'rate(7 minutes)', 'at(2026-10-25T02:30:00)'),
      // Around the change of the clocks.
      fromMs: fc.double({ min: Date.UTC(2026, 9, 23), max: Date.UTC(2026, 9, 26), noNaN: true }),
      forMs: fc.double({ min: 0, max: 2 * 86_400_000, noNaN: true }),
    };
    fc.assert(
      fc.property(fc.record(anything), ({ expression, fromMs, forMs }) => {
        const frame = { timeZone: 'Europe/Berlin', firstMs: fromMs };
        const recurrence = parseExpression(expression, frame);
        const [dueMs, nowMs] = [recurrence.next(fromMs - 1), fromMs + forMs];
        if (dueMs === undefined || dueMs > nowMs) return;
        let lastMs = dueMs;
        for (let at = recurrence.next(lastMs); at !== undefined && at <= nowMs; at = recurrence.next(at))
          lastMs = at;
        expect(latest(recurrence, dueMs, nowMs)).toBe(lastMs);
      }),
    );
  });

  it('are looked up some fifty times at most, however many they are', () => {
    const [sinceMs, nowMs] = [60_000, Date.parse('2026-10-01T09:30:20Z')];
    for (const expression of EXPRESSIONS) {
      const recurrence = parseExpression(expression, { timeZone: 'UTC', firstMs: sinceMs });
      let asked = 0;
      const counting = {
        ...recurrence,
        next(afterMs: number) {
          asked += 1;
          // Far beyond what the search needs: one by one would not end within the test.
          if (asked > 1000) throw new Error('One by one');
          return recurrence.next(afterMs);
        },
      };
      latest(counting, recurrence.next(sinceMs) ?? 0, nowMs);
      expect(asked).toBeLessThanOrEqual(50);
    }
  });
});
