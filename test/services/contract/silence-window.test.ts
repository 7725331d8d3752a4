import { describe, expect, it } from 'vitest';
import { fromSilenceItem, type Silence, silenceSchema } from '../../../services/contract/silence-schema.ts';
import { activeAt, matches, toSilenceItem } from '../../../services/contract/silence-window.ts';
import { parseWeekly } from '../../../services/contract/weekly.ts';

const silence = (changes: Partial<Silence> = {}): Silence =>
  silenceSchema.parse({
    id: 'a1',
    matchers: { sites: ['plant-1'] },
    starts_at: '2026-01-01T00:00:00.000Z',
    ends_at: '2027-01-01T00:00:00.000Z',
    author: 'ann',
    comment: 'pump swap',
    created_at: '2026-01-01T00:00:00.000Z',
    ...changes,
  });
const incident = { site_id: 'plant-1', device_id: 'pump-1', rule: 'temperature-high', severity: 'warning' };

describe('what a silence matches', () => {
  it.each([
    [{ sites: ['plant-1'] }, true],
    [{ sites: ['plant-?'], rules: ['temperature-*'] }, true],
    [{ rules: ['cpu-*', 'temperature-*'] }, true],
    [{ sites: ['plant-1'], rules: ['cpu-*'] }, false],
    [{ devices: ['pump'] }, false],
    [{ devices: ['p*p-1'] }, true],
    [{ severities: ['critical'] }, false],
    [{ severities: ['warning'], devices: ['*'] }, true],
    // A dot is a dot.
    [{ sites: ['plant.1'] }, false],
  ])('%j: %s', (matchers, expected) => {
    expect(matches(silence({ matchers }), incident)).toBe(expected);
  });

  it('is something: without any matcher it would hide everything', () => {
    expect(silenceSchema.safeParse({ ...silence(), matchers: {} }).success).toBe(false);
    expect(silenceSchema.safeParse({ ...silence(), matchers: { sites: [] } }).success).toBe(false);
  });
});

const at = (iso: string) => Date.parse(iso);

describe('when a silence is active', () => {
  it('from its start until before its end', () => {
    const two = silence({ starts_at: '2026-03-01T10:00:00.000Z', ends_at: '2026-03-01T12:00:00.000Z' });
    expect(
      ['09:59:59.999', '10:00:00.000', '11:59:59.999', '12:00:00.000'].map((time) =>
        activeAt(two, at(`2026-03-01T${time}Z`)),
      ),
    ).toEqual([false, true, true, false]);
  });

  const weekly = (window: string, zone = 'Europe/Berlin') =>
    silence({ weekly: { window, zone }, ends_at: undefined });
  /** The active minutes among those of some hours. */
  const minutes = (one: Silence, from: string, hours: number) =>
    Array.from({ length: hours * 60 }, (_, i) => at(from) + i * 60_000).filter((ms) => activeAt(one, ms));

  it('by the wall clocks of its zone, summer and winter', () => {
    const sunday = weekly('Sun 02:00-04:00');
    // 18 January 2026 is a Sunday: UTC + 1; 19 July: UTC + 2.
    const winter = minutes(sunday, '2026-01-17T22:00:00Z', 10);
    expect([winter.length, winter[0]]).toEqual([120, at('2026-01-18T01:00:00Z')]);
    const summer = minutes(sunday, '2026-07-18T20:00:00Z', 10);
    expect([summer.length, summer[0]]).toEqual([120, at('2026-07-19T00:00:00Z')]);
    expect(minutes(sunday, '2026-07-20T00:00:00Z', 48)).toEqual([]);
  });

  it('shorter in the night in which clocks skip an hour, and longer in that in which they show one twice', () => {
    const sunday = weekly('Sun 02:00-04:00');
    // 29 March 2026: at 01:00 UTC clocks go from 02:00 to 03:00.
    const spring = minutes(sunday, '2026-03-28T20:00:00Z', 12);
    expect([spring.length, spring[0], spring.at(-1)]).toEqual([
      60,
      at('2026-03-29T01:00:00Z'),
      at('2026-03-29T01:59:00Z'),
    ]);
    // 25 October 2026: at 01:00 UTC clocks go from 03:00 to 02:00.
    const autumn = minutes(sunday, '2026-10-24T20:00:00Z', 12);
    expect([autumn.length, autumn[0], autumn.at(-1)]).toEqual([
      180,
      at('2026-10-25T00:00:00Z'),
      at('2026-10-25T02:59:00Z'),
    ]);
    expect(minutes(weekly('Sun 02:15-02:45'), '2026-03-28T20:00:00Z', 12)).toEqual([]);
  });

  it('over midnight, over the end of the week, and a whole day', () => {
    const night = minutes(weekly('Sun 22:00-06:00', 'UTC'), '2026-01-18T00:00:00Z', 48);
    expect([night.length, night[0], night.at(-1)]).toEqual([
      480,
      at('2026-01-18T22:00:00Z'),
      at('2026-01-19T05:59:00Z'),
    ]);
    expect(minutes(weekly('Sat 00:00-24:00', 'UTC'), '2026-01-16T00:00:00Z', 72).length).toBe(1440);
    expect(minutes(weekly('Sat-Mon 00:00-01:00', 'UTC'), '2026-01-15T00:00:00Z', 168).length).toBe(180);
  });

  it('within its own start and end only', () => {
    const ends_at = '2026-01-18T03:00:00.000Z';
    const one = silence({ weekly: { window: 'Sun 02:00-04:00', zone: 'UTC' }, ends_at });
    expect(minutes(one, '2026-01-18T00:00:00Z', 200).length).toBe(60);
  });
});

it.each(
  [
    [
      '',
      'Sun',
      'Sun 2-4',
      'Sun 02:00',
      'Son 02:00-04:00',
      'Mon-Tue-Wed 02:00-04:00',
      'Sun 24:00-25:00',
      'Sun 02:60-04:00',
    ],
    ['Sun 02:00-02:00', 'Mon,,Tue 01:00-02:00', 'Sun 02:00-24:01'],
  ].flat(),
)('a window %j is refused, with an example', (text) => {
  expect(() => parseWeekly(text)).toThrow(/^Expected days and times such as "Sun 02:00-04:00".*got /);
});

it('a window names days and minutes', () => {
  expect(parseWeekly('mon-Wed,Sun 2:05-24:00')).toEqual({ days: [0, 1, 2, 6], from: 125, to: 1440 });
});

describe('the item of a silence', () => {
  it('is read as it was written, and goes some time after its end', () => {
    const one = silence({ weekly: { window: 'Sun 02:00-04:00', zone: 'Europe/Berlin' } });
    expect(fromSilenceItem(toSilenceItem(one))).toEqual(one);
    const kept = Number(toSilenceItem(one).expires_at?.N) * 1000 - at(one.ends_at ?? '');
    expect(kept).toBe(90 * 86_400_000);
    expect(toSilenceItem(silence({ ends_at: undefined }))).not.toHaveProperty('expires_at');
  });

  it.each([{}, { silence: { S: '{' } }, { silence: { S: '{"id":"a"}' } }])(
    'may be something else: %j',
    (item) => {
      expect(fromSilenceItem(item)).toBeUndefined();
    },
  );
});
