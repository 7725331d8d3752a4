import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeFrame } from '../../../../../infra/emulator/kinesis/log/frame.ts';
import { ShardLog } from '../../../../../infra/emulator/kinesis/log/shard-log.ts';

const HOUR_MS = 3_600_000;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shard-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const frameOf = (index: number, arrivalMs: number, text: string) => ({
  ...{ index, arrivalMs },
  pieces: encodeFrame({ index, arrivalMs, partitionKey: 'k', data: Buffer.from(text) }).pieces,
});
const write = (log: ShardLog, from: number, count: number, arrivalMs: (i: number) => number, text = 'x') =>
  log.append(
    Array.from({ length: count }, (_, i) => frameOf(from + i, arrivalMs(from + i), `${text}${from + i}`)),
  );

async function read(log: ShardLog, index = 0, sinceMs = 0): Promise<number[]> {
  const found: number[] = [];
  for await (const { record } of log.records({ index, sinceMs })) found.push(record.index);
  return found;
}
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const files = (folder: string) => readdirSync(folder).toSorted();

describe('the log of a shard', () => {
  it('gives back what was written, from any place, after it was opened again', async () => {
    const folder = newFolder();
    const log = await ShardLog.open(folder);
    log.skipTo(1);
    await write(log, 1, 500, (i) => i * 10, 'y'.repeat(1000));
    await log.close();
    const again = await ShardLog.open(folder);
    expect(again.next).toBe(501);
    for (const index of [0, 1, 2, 250, 499, 500, 501]) {
      expect(await read(again, index)).toEqual(from(Math.max(1, index), 500));
    }
    for (const ms of [0, 10, 11, 2_500, 5_000, 5_001]) {
      expect(await read(again, 0, ms)).toEqual(from(Math.max(1, Math.ceil(ms / 10)), 500));
    }
    await write(again, 501, 1, () => 1);
    expect(await read(again, 500)).toEqual([500, 501]);
    await again.close();
  });

  it('begins a new file by size and by time, and deletes those that are too old', async () => {
    const folder = newFolder();
    const log = await ShardLog.open(folder);
    await write(log, 1, 10, () => HOUR_MS);
    await write(log, 11, 10, () => 2 * HOUR_MS + 1);
    const big = 'z'.repeat(1024 * 1024);
    for (let i = 0; i < 34; i += 1) await write(log, 21 + i, 1, () => 2 * HOUR_MS + 2, big);
    expect(files(folder).map((name) => Number(name.slice(0, 16)))).toEqual([1, 11, 53]);
    await log.trim(HOUR_MS);
    expect(files(folder)).toHaveLength(3);
    await log.trim(HOUR_MS + 1);
    expect(files(folder)).toHaveLength(2);
    expect(await read(log)).toEqual(from(11, 54));
    await log.trim(5 * HOUR_MS);
    expect(await read(log)).toEqual([]);
    expect(files(folder).map((name) => Number(name.slice(0, 16)))).toEqual([55]);
    await log.close();
    expect((await ShardLog.open(folder)).next).toBe(55);
  });

  it('finds by time what came after the clock was set back', async () => {
    const log = await ShardLog.open(newFolder());
    const arrivals = [100, 200, 300, 50, 60, 400];
    await log.append(arrivals.map((ms, i) => frameOf(i + 1, ms, 'x'.repeat(70_000))));
    expect((await read(log, 0, 250))[0]).toBe(3);
    expect((await read(log, 0, 350))[0]).toBe(6);
    await log.close();
  });

  it.each([1, 20, 33, 34, 40, 1_200])(
    'is cut back by a tail of which %d bytes are missing',
    async (missing) => {
      const folder = newFolder();
      const log = await ShardLog.open(folder);
      await write(log, 1, 10, (i) => i, 'y'.repeat(500));
      await log.close();
      const path = join(folder, files(folder)[0] ?? '');
      truncateSync(path, statSync(path).size - missing);
      const again = await ShardLog.open(folder);
      const whole = 10 - Math.ceil(missing / 537);
      expect(await read(again)).toEqual(from(1, whole));
      expect(again.next).toBe(whole + 1);
      await write(again, 20, 2, () => 99);
      await again.close();
      expect(await read(await ShardLog.open(folder))).toEqual([...from(1, whole), 20, 21]);
    },
  );

  it('leaves out a damaged record, and finds the next one behind it', async () => {
    const folder = newFolder();
    const log = await ShardLog.open(folder);
    await write(log, 1, 10, (i) => i, 'y'.repeat(500));
    await log.close();
    const path = join(folder, files(folder)[0] ?? '');
    const bytes = readFileSync(path);
    bytes.fill(0x4b, 1_200, 1_210);
    bytes.fill(0, 2_800, 3_000);
    writeFileSync(path, bytes);
    const again = await ShardLog.open(folder);
    const found = await read(again);
    expect(found.length).toBeGreaterThanOrEqual(7);
    expect(found).toContain(10);
    expect(again.next).toBe(11);
    expect(again.damagedBytes).toBeGreaterThanOrEqual(500);
  });

  it('is empty where its file holds nothing of the kind', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, '0000000000000001.log'), Buffer.alloc(5_000, 'K'));
    const log = await ShardLog.open(folder);
    expect(await read(log)).toEqual([]);
    await write(log, 7, 1, () => 5);
    expect(await read(log)).toEqual([7]);
    await log.close();
  });
});
