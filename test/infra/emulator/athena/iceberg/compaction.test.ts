/** The statements of the trusted layer, as both a schedule in AWS and `npm run compact` send them. */
import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countStatement,
  lastDays,
  mergeStatement,
  OPTIMIZE_STATEMENT,
  TRUSTED_PREFIX,
  VACUUM_STATEMENT,
} from '../../../../../services/contract/trusted.ts';
import { createHarness, type Harness } from '../support/harness.ts';
import { NOW, TABLES, writeRaw } from './support/raw.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const merge = mergeStatement('readings', lastDays(3));
const [optimize, vacuum] = [OPTIMIZE_STATEMENT, VACUUM_STATEMENT];

let harness: Harness;
let now = NOW;
/** An empty lake. */
function open(): Harness {
  now = NOW;
  harness.empty();
  return harness;
}
beforeAll(() => {
  harness = createHarness({ tables: TABLES, now: () => now });
});
afterAll(() => harness.close());

async function run(...statements: string[]): Promise<string[]> {
  const answers: string[] = [];
  for (const sql of statements) {
    const { state, reason, rows } = await harness.query(sql);
    expect(reason).toBeUndefined();
    expect(state).toBe('SUCCEEDED');
    answers.push(rows.join('; '));
  }
  return answers;
}

const all = 'SELECT device_id, seq, "timestamp", timestamp_sent FROM readings_trusted ORDER BY 1, 3, 2';
const folder = () => join(harness.root, 'bucket', TRUSTED_PREFIX);
const dataFiles = () => readdirSync(join(folder(), 'data')).sort();
const snapshot = () => readFileSync(join(folder(), 'metadata', 'current.json'), 'utf8');

describe('the trusted layer', () => {
  it('holds each reading once, with real times, however often it was sent', async () => {
    await writeRaw(open(), [
      { device: 'a', seq: 1, made: NOW - 2 * HOUR, sent: NOW - 2 * HOUR },
      { device: 'a', seq: 1, made: NOW - 2 * HOUR, sent: NOW - 2 * HOUR },
      { device: 'a', seq: 1, made: NOW - 2 * HOUR, sent: NOW - HOUR },
      { device: 'b', seq: 1, made: NOW - 2 * HOUR, sent: NOW - HOUR },
    ]);
    expect(await run(merge, all)).toEqual([
      '2',
      'a | 1 | 2026-11-22 10:00:00.000 | 2026-11-22 10:00:00.000; b | 1 | 2026-11-22 10:00:00.000 | 2026-11-22 11:00:00.000',
    ]);
  });

  it('treats readings of a device that restarted its count as different readings', async () => {
    await writeRaw(open(), [
      { device: 'a', seq: 0, made: NOW - 2 * HOUR, sent: NOW - 2 * HOUR },
      { device: 'a', seq: 0, made: NOW - HOUR, sent: NOW - HOUR },
    ]);
    expect(await run(merge)).toEqual(['2']);
  });

  it('takes an offset for what it is: the same instant as in UTC, and another hour on the wall', async () => {
    await writeRaw(open(), [
      { device: 'a', seq: 1, made: '2026-11-22T15:30:00+05:30', sent: NOW - 2 * HOUR },
      { device: 'a', seq: 1, made: '2026-11-22T10:00:00.000Z', sent: NOW - 2 * HOUR },
      { device: 'b', seq: 1, made: '2026-11-22T05:00:00.250-05:00', sent: NOW - 2 * HOUR },
      { device: 'c', seq: 1, made: '2026-11-22T10:00:00', sent: NOW - 2 * HOUR },
      { device: 'd', seq: 1, made: 'n/a', sent: NOW - 2 * HOUR },
    ]);
    expect(await run(merge, 'SELECT device_id, "timestamp" FROM readings_trusted ORDER BY 1')).toEqual([
      '3',
      'a | 2026-11-22 10:00:00.000; b | 2026-11-22 10:00:00.250; c | 2026-11-22 10:00:00.000',
    ]);
  });

  it('is empty, without an error, before the first run', async () => {
    open();
    expect(await run('SELECT count(*) FROM readings_trusted', optimize, vacuum)).toEqual(['0', '0', '0']);
  });

  it('merges a reading that comes two days late, once', async () => {
    await writeRaw(open(), [
      { device: 'a', seq: 1, made: NOW - 2 * DAY, sent: NOW - 2 * DAY },
      { device: 'a', seq: 3, made: NOW - 2 * DAY + 2000, sent: NOW - 2 * DAY },
    ]);
    expect(await run(merge)).toEqual(['2']);
    const late = { device: 'a', seq: 2, made: NOW - 2 * DAY + 1000, sent: NOW };
    await writeRaw(harness, [late, { ...late, sent: NOW + HOUR }]);
    expect(await run(merge, 'SELECT seq FROM readings_trusted ORDER BY "timestamp"')).toEqual([
      '1',
      '1; 2; 3',
    ]);
    now += DAY;
    expect(await run(merge)).toEqual(['0']);
  });

  it.each([
    { what: 'a week late', lateDays: 7, admitted: '1' },
    { what: 'later than that', lateDays: 7.1, admitted: '0' },
    { what: 'made tomorrow', lateDays: -1.1, admitted: '0' },
  ])('decides from the reading alone whether it is too late: $what', async ({ lateDays, admitted }) => {
    const sent = NOW - (NOW % DAY);
    await writeRaw(open(), [{ device: 'a', seq: 1, made: sent - lateDays * DAY, sent }]);
    expect(await run(merge)).toEqual([admitted]);
  });

  it('is not stopped by a row whose time is invalid, or that has no number', async () => {
    await writeRaw(open(), [
      { device: 'a', seq: 1, made: 'yesterday', sent: NOW },
      { device: 'a', seq: null, made: NOW, sent: NOW },
      { device: 'a', seq: 2, made: '2026-02-31T10:00:00.000Z', sent: NOW },
      { device: 'a', seq: 3, made: NOW, sent: NOW },
      { device: 'a', seq: 3, made: NOW, sent: NOW },
    ]);
    expect(await run(countStatement('readings', lastDays(3)), merge)).toEqual(['5 | 2 | 1', '1']);
  });

  it('looks back as far as it is told, and no further', async () => {
    await writeRaw(open(), [
      { device: 'a', seq: 1, made: NOW - 4 * DAY, sent: NOW - 4 * DAY },
      { device: 'a', seq: 2, made: NOW - 3 * DAY, sent: NOW - 3 * DAY },
    ]);
    expect(await run(merge)).toEqual(['1']);
    expect(await run(mergeStatement('readings', { first: "'2026-11-18'", last: "'2026-11-18'" }))).toEqual([
      '1',
    ]);
  });

  it('changes nothing when it runs again', async () => {
    const day = Array.from({ length: 200 }, (_, i) => {
      const made = NOW - DAY + i * 1000;
      return { device: `dev-${i % 5}`, seq: i, made, sent: made };
    });
    await writeRaw(open(), [...day, ...day.slice(50, 90)]);
    expect(await run(merge, optimize, vacuum)).toEqual(['200', '0', '0']);
    const [before, files, rows] = [snapshot(), dataFiles(), await run(all)];
    expect(await run(merge, optimize, vacuum)).toEqual(['0', '0', '0']);
    expect([snapshot(), dataFiles(), await run(all)]).toEqual([before, files, rows]);
  });

  it('has one file a day after OPTIMIZE, sorted by device and time', async () => {
    const rows = (from: number) =>
      Array.from({ length: 6 }, (_, i) => ({
        ...{ device: `dev-${i % 3}`, seq: from + i, made: NOW - HOUR + (from + i) * 1000, sent: NOW },
      }));
    await writeRaw(open(), rows(6));
    await run(merge);
    await writeRaw(harness, rows(0));
    expect(await run(merge, optimize)).toEqual(['6', '12']);
    const { files } = JSON.parse(snapshot());
    expect(files).toEqual([expect.objectContaining({ day: '2026-11-22', rows: 12 })]);
    // In stored order: there is no ORDER BY.
    const [stored = ''] = await run('SELECT device_id, seq FROM readings_trusted');
    expect(stored.split('; ').map((row) => row.replaceAll(' ', ''))).toEqual(
      [0, 1, 2].flatMap((device) => [0, 3, 6, 9].map((at) => `dev-${device}|${at + device}`)),
    );
    const bytes = readFileSync(join(folder(), 'data', files[0].name));
    const { schema, row_groups } = parquetMetadata(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    );
    expect(schema.find(({ name }) => name === 'timestamp')).toMatchObject({ type: 'INT64' });
    expect(row_groups[0]?.columns.every(({ meta_data }) => meta_data?.codec === 'SNAPPY')).toBe(true);
  });

  it('lets a query skip what its times and its device rule out', async () => {
    const readings = (start: number) =>
      Array.from({ length: 500 }, (_, i) => {
        const made = start + i * 1000;
        return { device: `dev-${i % 10}`, seq: i, made, sent: made };
      });
    await writeRaw(open(), [...readings(NOW - DAY), ...readings(NOW)]);
    await run(merge, optimize);
    const scan = async (where: string) =>
      (await harness.query(`SELECT avg(temperature) FROM readings_trusted WHERE ${where}`)).scannedBytes;
    const all = await scan(`"timestamp" > timestamp '2026-01-01 00:00:00'`);
    const today = await scan(`"timestamp" >= timestamp '2026-11-22 12:00:00'`);
    expect(today).toBeGreaterThan(0);
    expect(today).toBeLessThan(0.6 * all);
    expect(await scan(`"timestamp" > timestamp '2026-11-22 12:08:20.5'`)).toBe(0);
    expect(await scan("device_id = 'nobody'")).toBe(0);
  });

  it('deletes what is in no snapshot, but not while a query may still read it', async () => {
    await writeRaw(open(), [{ device: 'a', seq: 1, made: NOW, sent: NOW }]);
    await run(merge);
    await writeRaw(harness, [{ device: 'a', seq: 2, made: NOW, sent: NOW }]);
    await run(merge);
    const old = dataFiles();
    await run(optimize, vacuum);
    const kept = dataFiles();
    expect(kept).toHaveLength(3);
    for (const name of old) utimesSync(join(folder(), 'data', name), NOW / 1000 - 7200, NOW / 1000 - 7200);
    now = NOW;
    expect(await run(vacuum, 'SELECT count(*) FROM readings_trusted')).toEqual(['2', '2']);
    expect(dataFiles()).toEqual(kept.filter((name) => !old.includes(name)));
  });

  it('runs changes one after the other, so that two at the same time do not add a reading twice', async () => {
    await writeRaw(open(), [{ device: 'a', seq: 1, made: NOW, sent: NOW }]);
    const [first, second] = await Promise.all([harness.query(merge), harness.query(merge)]);
    expect([first?.rows, second?.rows].flat().sort()).toEqual(['0', '1']);
    expect(await run('SELECT count(*) FROM readings_trusted')).toEqual(['1']);
  });
});

describe('what cannot be changed', () => {
  it.each([
    ['the raw layer', merge.replace('readings_trusted', 'readings')],
    ['rows that match', `${merge.replace(/WHEN[\s\S]*/, '')} WHEN MATCHED THEN DELETE`],
    ['a second clause', `${merge} WHEN MATCHED THEN DELETE`],
    ['the raw layer, by OPTIMIZE', optimize.replace('readings_trusted', 'readings')],
    ['a part of a table', `${optimize} WHERE device_id = 'a'`],
    ['the raw layer, by VACUUM', vacuum.replace('readings_trusted', 'readings')],
  ])('%s: refused, with the reason', async (_what, sql) => {
    await writeRaw(open(), [{ device: 'a', seq: 1, made: NOW, sent: NOW }]);
    const { state, reason } = await harness.query(sql);
    expect(state).toBe('FAILED');
    expect(reason).toMatch(/^NOT_SUPPORTED_LOCALLY: /);
    expect(await run('SELECT count(*) FROM readings')).toEqual(['1']);
  });
});
