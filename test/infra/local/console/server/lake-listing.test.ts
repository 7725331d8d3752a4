import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listLake, visible } from '../../../../../infra/local/console/server/lake-listing.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lake-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(key: string, body: string, second: number): void {
  const path = join(root, key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, body);
  utimesSync(path, second, second);
}

const entry = (raw: Buffer | string, message = 'no JSON') =>
  `${JSON.stringify({ lastErrorCode: 'Code', lastErrorMessage: message, rawData: Buffer.from(raw).toString('base64') })}\n`;

describe('the listing of the lake', () => {
  it('has partitions with their files, newest first, and nothing half-written', async () => {
    put('lake/readings/dt=2026-01-31/hour=08/a.parquet', '12345', 100);
    put('lake/readings/dt=2026-01-31/hour=09/b.parquet', '123', 200);
    put('lake/readings/dt=2026-01-31/hour=09/c.parquet', '12', 300);
    put('lake/readings/dt=2026-01-31/hour=09/d.parquet.tmp', '1', 400);
    put('lake/query-results/x.csv', '1', 400);
    const { partitions, errors, failures, partial } = await listLake({ lake: join(root, 'lake') });
    expect(partitions.map(({ prefix, count, bytes }) => [prefix, count, bytes])).toEqual([
      ['readings/dt=2026-01-31/hour=09/', 2, 5],
      ['readings/dt=2026-01-31/hour=08/', 1, 5],
    ]);
    expect(partitions[0]?.files.map(({ key }) => key.slice(-9))).toEqual(['c.parquet', 'b.parquet']);
    expect([errors, failures, partial]).toEqual([[], [], false]);
  });

  it('counts all files, and looks up those of the latest partitions', async () => {
    for (let hour = 10; hour < 13; hour += 1) {
      for (const name of 'abcd') put(`lake/readings/dt=2026-01-31/hour=${hour}/${name}.parquet`, '12', 100);
    }
    put('lake/errors/x/1.json', entry('x'), 100);
    put('failed/1.json', '{}', 100);
    put('failed/2.json', '{}', 200);
    const buckets = { lake: join(root, 'lake'), failures: join(root, 'failed') };
    const listing = await listLake(buckets, 5);
    expect(listing.partitions.map(({ count, bytes, newest }) => [count, bytes, newest])).toEqual([
      [4, 8, new Date(100_000).toISOString()],
      [4, 2, new Date(100_000).toISOString()],
      [4, 0, undefined],
    ]);
    expect(listing).toMatchObject({ errorFiles: 1, failureFiles: 2, partial: true });
    expect((await listLake(buckets, 12)).partial).toBe(false);
  });

  it('has the bytes of each malformed line, and the batches given up', async () => {
    put(
      'lake/errors/format-conversion-failed/readings/2026/01/31/e.json',
      [entry('<img>\n'), entry('{', 'cut'), 'rubbish'].join(''),
      100,
    );
    put('failed/aws/lambda/batch.json', '{}', 100);
    const { errors, failures } = await listLake({ lake: join(root, 'lake'), failures: join(root, 'failed') });
    expect(errors.map(({ message, raw, bytes }) => [message, raw, bytes])).toEqual([
      ['no JSON', '<img>\\x0a', 6],
      ['cut', '{', 1],
    ]);
    expect(failures).toEqual([
      { key: 'aws/lambda/batch.json', bytes: 2, at: new Date(100_000).toISOString() },
    ]);
  });

  it('is empty if there is no bucket yet', async () => {
    expect(await listLake({ lake: join(root, 'none') })).toEqual({
      ...{ partitions: [], errors: [], errorFiles: 0, failures: [], failureFiles: 0, partial: false },
    });
  });
});

describe('bytes made visible', () => {
  it('show everything: control characters, writing direction, broken UTF-8', () => {
    expect(visible(Buffer.from('a\u0000\u202eb\u001b[31m'))).toBe('a\\x00\\u{202e}b\\x1b[31m');
    expect(visible(Buffer.from([0xff, 0x41]))).toBe('\ufffdA');
    expect(visible(Buffer.alloc(1000, 'x'))).toBe(`${'x'.repeat(400)}…`);
  });
});
