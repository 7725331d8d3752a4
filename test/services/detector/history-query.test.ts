/** The query of an e-mail, run for real: it finds the readings that caused the alert, and reads little else. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reading } from '../../../services/contract/reading.ts';
import { formatSentHour } from '../../../services/contract/reading.ts';
import {
  createHarness,
  type Harness as Lake,
  READINGS,
} from '../../infra/emulator/athena/support/harness.ts';
import { batch, reading, record, recordsOf } from './support/batch.ts';
import { harness, LAKE, rules, texts } from './support/harness.ts';

/** Two of three readings; three well ones end it. */
const RULES = rules({ evaluationPeriods: 3, datapointsToAlarm: 2, datapointsToClear: 3 });
const HOT = 95;
const WELL = 50;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Sent {
  /** Event time. */
  made: string;
  /** Wall time of sending and arrival. */
  sent: string;
  temperature: number;
  seq?: number;
  device_id?: string;
  site_id?: string;
}

const toReading = ({ made, sent, temperature, ...ids }: Sent, seq: number): Reading =>
  reading('10:00:00', {
    ...{ seq, temperature, ...ids },
    timestamp: new Date(made).toISOString(),
    timestamp_sent: formatSentHour(Date.parse(sent)),
  });

let lake: Lake;
beforeAll(() => {
  lake = createHarness({ tables: [{ ...READINGS, database: LAKE.database }] });
});
afterAll(() => lake.close());

/** As Firehose does it: a file in the partition of the hour of sending. */
async function store(readings: readonly Reading[]): Promise<void> {
  for (const one of readings) {
    const [dt, hour] = one.timestamp_sent.split(' ');
    const columns = Object.entries(one).map(([name, value]) =>
      typeof value === 'string' ? `'${value}' AS ${name}` : `${value}::DOUBLE AS ${name}`,
    );
    const name = `${one.site_id}-${one.device_id}-${one.seq}.parquet`;
    await lake.write(`readings/dt=${dt}/hour=${hour}/${name}`, `SELECT ${columns.join(', ')}`);
  }
}

/** What the mails of this story offer, one query each, and what they find: the readings' seq. */
async function play(story: readonly Sent[]) {
  const readings = story.map(toReading);
  const { detector, aws } = harness(RULES);
  for (const [i, one] of readings.entries()) {
    await detector(batch([record([one], Date.parse(story[i]?.sent ?? ''))]));
  }
  await store(readings);
  const mails: { sql: string; seqs: number[]; scannedBytes: number }[] = [];
  for (const message of aws.published) {
    const [, sql = ''] = /in Athena:\n\n([\s\S]*?)\n\n/.exec(`${texts(message).email}\n\n`) ?? [];
    const found = await lake.query(sql.replace('"timestamp",', '"timestamp", seq,'));
    expect(found.reason).toBeUndefined();
    const seqAt = found.columns.findIndex((column) => column.startsWith('seq '));
    mails.push({
      sql,
      seqs: found.rows.map((row) => Number(row.split(' | ')[seqAt])),
      scannedBytes: found.scannedBytes,
    });
  }
  return mails;
}

let stories = 0;
/** Of a device of its own, so that every story has the lake to itself. */
function device(list: readonly Omit<Sent, 'device_id'>[]): Sent[] {
  stories += 1;
  return list.map((one) => ({ ...one, device_id: `pump-${stories}` }));
}

describe('the query of an e-mail finds the readings that caused the alert', () => {
  it.each<[string, Omit<Sent, 'device_id'>[]]>([
    [
      'sent two days after they were made',
      [
        { made: '2026-01-29T10:15:00Z', sent: '2026-01-31T12:00:00Z', temperature: HOT },
        { made: '2026-01-29T10:15:05Z', sent: '2026-01-31T12:00:00Z', temperature: HOT },
      ],
    ],
    [
      'of which one was sent at once and one two days later',
      [
        { made: '2026-01-29T10:15:00Z', sent: '2026-01-29T10:15:01Z', temperature: HOT },
        { made: '2026-01-29T10:15:05Z', sent: '2026-01-31T12:00:00Z', temperature: HOT },
      ],
    ],
    [
      'across midnight',
      [
        { made: '2026-01-30T23:59:58Z', sent: '2026-01-30T23:59:59Z', temperature: HOT },
        { made: '2026-01-31T00:00:03Z', sent: '2026-01-31T00:00:04Z', temperature: HOT },
      ],
    ],
    [
      'made before midnight, sent after it',
      [
        { made: '2026-01-30T22:10:00Z', sent: '2026-01-31T01:00:00Z', temperature: HOT },
        { made: '2026-01-30T22:10:05Z', sent: '2026-01-31T02:00:00Z', temperature: HOT },
      ],
    ],
    [
      'across the year',
      [
        { made: '2025-12-31T23:59:58Z', sent: '2025-12-31T23:59:59Z', temperature: HOT },
        { made: '2026-01-01T00:00:03Z', sent: '2026-01-01T00:00:04Z', temperature: HOT },
      ],
    ],
    [
      'made in the old year, sent in the new one',
      [
        { made: '2025-12-29T08:00:00Z', sent: '2026-01-02T09:00:00Z', temperature: HOT },
        { made: '2025-12-29T08:00:05Z', sent: '2026-01-02T10:00:00Z', temperature: HOT },
      ],
    ],
    [
      'with a clock in the year 0000',
      [
        { made: '0000-01-01T00:00:00.000Z', sent: '2026-01-31T12:00:00Z', temperature: HOT },
        { made: '0000-01-01T00:00:05.000Z', sent: '2026-01-31T12:00:05Z', temperature: HOT },
      ],
    ],
    [
      'with a clock at 1970, over two hours',
      [
        { made: '1970-01-01T00:00:00Z', sent: '2026-01-31T11:59:59Z', temperature: HOT },
        { made: '1970-01-01T00:00:05Z', sent: '2026-01-31T12:00:04Z', temperature: HOT },
      ],
    ],
    [
      'with a clock four minutes ahead, in the next day',
      [
        { made: '2026-02-01T00:02:00Z', sent: '2026-01-31T23:58:00Z', temperature: HOT },
        { made: '2026-02-01T00:02:05Z', sent: '2026-01-31T23:58:05Z', temperature: HOT },
      ],
    ],
    [
      'between which the clock was set back by an hour',
      [
        { made: '2026-01-31T12:00:00Z', sent: '2026-01-31T12:00:00Z', temperature: HOT },
        { made: '2026-01-31T11:00:05Z', sent: '2026-01-31T12:00:05Z', temperature: HOT },
      ],
    ],
    [
      'sent in the reverse order of their hours',
      [
        { made: '2026-01-30T10:15:00Z', sent: '2026-01-31T12:00:00Z', temperature: HOT },
        { made: '2026-01-30T10:15:05Z', sent: '2026-01-30T10:15:06Z', temperature: HOT },
      ],
    ],
  ])('%s', async (_, story) => {
    const [mail, ...others] = await play(device(story));
    expect(others).toEqual([]);
    expect(mail?.seqs.toSorted()).toEqual([0, 1]);
    expect(mail?.sql).not.toMatch(/'[-+]\d/);
  });

  it('of several devices with one name at several sites, and of no other', async () => {
    const sites = ['berlin', 'bonn', 'oslo', 'paris', 'rome', 'wien'];
    const readings = sites.flatMap((site_id, i) =>
      [0, 5].map((second, j) =>
        toReading(
          {
            ...{ site_id, device_id: 'sensor-1', temperature: HOT - i },
            made: `2026-01-27T10:15:0${second}Z`,
            sent: `2026-01-${29 + (i % 2)}T12:00:00Z`,
          },
          10 * i + j,
        ),
      ),
    );
    const other = toReading(
      {
        ...{ site_id: 'berlin', device_id: 'sensor-2', temperature: HOT },
        ...{ made: '2026-01-27T10:15:00Z', sent: '2026-01-29T12:00:00Z' },
      },
      99,
    );
    await store([...readings, other]);
    const { detector, aws } = harness(RULES);
    await detector(batch(recordsOf(readings)));
    const [sql = ''] = aws.published.map(
      (message) => /in Athena:\n\n([\s\S]*)\n$/.exec(texts(message).email)?.[1] ?? '',
    );
    const { rows } = await lake.query(sql);
    // The five worst, twice each.
    expect(rows.map((row) => row.split(' | ').slice(0, 2).join())).toEqual(
      sites.slice(0, 5).flatMap((site) => [`${site},sensor-1`, `${site},sensor-1`]),
    );
  });

  it('whenever they were made and sent', async () => {
    const offset = fc.integer({ min: 0, max: 6 * DAY_MS });
    const startMs = Date.parse('2026-01-10T23:30:00Z');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 10 * MINUTE_MS }),
        fc.integer({ min: 0, max: 60 * DAY_MS }),
        fc.array(offset, { minLength: 2, maxLength: 2 }),
        async (gapMs, lateMs, sentAfter) => {
          const madeMs = startMs - lateMs;
          // A reading is not sent before it is made: a clock that is further ahead is not evaluated.
          const sent = sentAfter.map((ms, i) => Math.max(startMs + ms, madeMs + i * gapMs));
          const story = sent.map((ms, i) => ({
            made: new Date(madeMs + i * gapMs).toISOString(),
            sent: new Date(ms).toISOString(),
            temperature: HOT,
          }));
          const [mail] = await play(device(story));
          expect(mail?.seqs.toSorted()).toEqual([0, 1]);
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe('the query of an e-mail reads little', () => {
  const quiet = (days: number) =>
    Array.from({ length: days }, (_, i) =>
      toReading(
        {
          ...{ site_id: 'quiet', device_id: `quiet-${i}`, temperature: WELL },
          made: new Date(Date.parse('2026-01-31T05:00:00Z') - i * DAY_MS).toISOString(),
          sent: new Date(Date.parse('2026-01-31T05:00:00Z') - i * DAY_MS).toISOString(),
        },
        0,
      ),
    );
  /** Of the same columns, one file. */
  const bytesOf = async (hour: string) =>
    (
      await lake.query(
        `SELECT site_id, device_id, "timestamp", seq, temperature FROM "${LAKE.database}"."readings" WHERE dt = '${hour.slice(0, 10)}' AND hour = '${hour.slice(11)}'`,
      )
    ).scannedBytes;

  beforeAll(() => store(quiet(60)));

  it.each([
    ['a clock at 1970', '1970-01-01T00:00:0'],
    ['a clock two months behind', '2025-12-01T00:00:0'],
    ['the year 0000', '0000-01-01T00:00:0'],
  ])('with %s: the hours of sending only', async (_, made) => {
    const story = [0, 5].map((second) => ({
      ...{ made: `${made}${second}.000Z`, sent: `2026-01-20T12:00:0${second}Z` },
      temperature: HOT,
    }));
    const [mail] = await play(device(story));
    expect(mail?.seqs).toEqual([0, 1]);
    expect(mail?.scannedBytes).toBeLessThanOrEqual(await bytesOf('2026-01-20 12'));
  });

  it('of an incident that lasted for two months: its begin and its end', async () => {
    const story = [
      { made: '2025-11-20T10:00:00Z', sent: '2025-11-20T10:00:00Z', temperature: HOT },
      { made: '2025-11-20T10:00:05Z', sent: '2025-11-20T10:00:05Z', temperature: HOT },
      { made: '2026-01-18T10:00:00Z', sent: '2026-01-18T10:00:00Z', temperature: WELL },
      { made: '2026-01-18T10:00:05Z', sent: '2026-01-18T10:00:05Z', temperature: WELL },
      { made: '2026-01-18T10:00:10Z', sent: '2026-01-18T10:00:10Z', temperature: WELL },
    ];
    const [, over] = await play(device(story));
    expect(over?.seqs).toEqual([0, 1, 2, 3, 4]);
    const both = (await bytesOf('2025-11-20 10')) + (await bytesOf('2026-01-18 10'));
    expect(over?.scannedBytes).toBeLessThanOrEqual(both);
  });

  it('of an incident of some days: all of it', async () => {
    const story = [0, 1, 2, 3].flatMap((day) =>
      [0, 5].map((second) => ({
        ...{ made: `2026-01-0${day + 2}T10:00:0${second}Z`, sent: `2026-01-0${day + 2}T10:00:0${second}Z` },
        temperature: day === 3 ? WELL : HOT,
      })),
    );
    const last = { made: '2026-01-05T10:00:10Z', sent: '2026-01-05T10:00:10Z', temperature: WELL };
    const [, over] = await play(device([...story, last]));
    expect(over?.seqs).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
