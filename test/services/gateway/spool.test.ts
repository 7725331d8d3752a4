import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_READINGS_PER_RECORD } from '../../../services/contract/reading.ts';
import { DiskFull, freeAt } from '../../../services/gateway/spool/room.ts';
import { Spool, type SpoolOptions } from '../../../services/gateway/spool/spool.ts';
import { line, seqsIn } from './support/readings.ts';

const FILL = join(import.meta.dirname, 'support', 'fill.ts');
const made: string[] = [];
const opened: Spool[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spool-'));
  made.push(folder);
  return join(folder, 'readings');
}

async function open(options: Partial<SpoolOptions> = {}): Promise<Spool> {
  const spool = await Spool.open({
    ...{ folder: newFolder(), limitBytes: 100e6, whenFull: 'refuse', now: Date.now },
    ...options,
  });
  opened.push(spool);
  return spool;
}

/** What a crash leaves: the files as they are, without the end of the process that wrote them. */
function crashed(folder: string): string {
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close().catch(() => {});
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const NINE = Date.UTC(2026, 0, 31, 9, 59, 59);
const lines = (from: number, count: number) => Array.from({ length: count }, (_, i) => line(from + i));

async function drain(spool: Spool, nowMs = NINE): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for (;;) {
    const record = await spool.take(nowMs);
    if (!record) return records;
    records.push(record.data);
    await spool.settle();
  }
}

describe('the spool', () => {
  it('gives lines in the order in which they came, packed, with the hour of sending', async () => {
    const spool = await open();
    await Promise.all([spool.append(lines(0, 2)), spool.append(lines(2, 1)), spool.append(lines(3, 700))]);
    const records = await drain(spool);
    expect(seqsIn(...records)).toEqual(Array.from({ length: 703 }, (_, i) => i));
    expect(records[0]?.toString()).toContain('"timestamp_sent":"2026-01-31 09"}');
    expect(records.every((data) => data.length <= 110 * 1024)).toBe(true);
    expect(Math.max(...records.map((data) => seqsIn(data).length))).toBeLessThanOrEqual(
      MAX_READINGS_PER_RECORD,
    );
    expect(spool.counts).toMatchObject({ accepted: 703, forwarded: 703, waiting: 0, waitingBytes: 0 });
  });

  it('gives the same bytes again after a crash, in another hour too', async () => {
    const folder = newFolder();
    const spool = await open({ folder });
    await spool.append(lines(0, 3));
    const before = await spool.take(NINE);
    await spool.append(lines(3, 2));
    const after = await open({ folder: crashed(folder) });
    const again = await after.take(NINE + 3_600_000);
    expect(again?.data.equals(before?.data as Buffer)).toBe(true);
    await after.settle();
    const next = await after.take(NINE + 3_600_000);
    expect(seqsIn(next?.data as Buffer)).toEqual([3, 4]);
    expect(next?.data.toString()).toContain('"2026-01-31 10"');
  });

  it('waits a second for more lines, and not when a record is full', async () => {
    let nowMs = NINE;
    const spool = await open({ now: () => nowMs });
    expect(await spool.waitMs()).toBeUndefined();
    await spool.append(lines(0, 1));
    expect(await spool.waitMs()).toBe(1000);
    nowMs += 600;
    expect(await spool.waitMs()).toBe(400);
    await spool.append(lines(1, 300));
    expect(await spool.waitMs()).toBe(0);
  });

  it('refuses what has no space, all lines or none, and takes it when there is space', async () => {
    const spool = await open({ limitBytes: 10 * (line(10).length + 1) });
    expect(await spool.append(lines(10, 8))).toBe(true);
    expect(await spool.append(lines(20, 3))).toBe(false);
    const stop = new AbortController();
    let there = false;
    const space = spool.whenSpace(3 * (line(10).length + 1), stop.signal).then(() => {
      there = true;
    });
    await spool.take(NINE);
    expect(there).toBe(false);
    await spool.settle();
    await space;
    expect(await spool.append(lines(20, 3))).toBe(true);
    expect(seqsIn(...(await drain(spool)))).toEqual([20, 21, 22]);
    stop.abort();
  });

  it('drops the oldest where it is told to, never what is under way, and counts it', async () => {
    const folder = newFolder();
    const spool = await open({ folder, limitBytes: 20 * (line(100).length + 1), whenFull: 'drop-oldest' });
    for (let seq = 100; seq < 110; seq += 1) await spool.append(lines(seq, 1));
    const underWay = await spool.take(NINE);
    for (let seq = 110; seq < 150; seq += 1) expect(await spool.append(lines(seq, 1))).toBe(true);
    expect(await spool.append(lines(0, 50))).toBe(false);

    const after = await open({ folder: crashed(folder), limitBytes: 20 * (line(100).length + 1) });
    expect((await after.take(NINE))?.data).toEqual(underWay?.data);
    await after.settle();
    const left = seqsIn(...(await drain(after)));
    const { accepted, forwarded, dropped, waiting } = after.counts;
    expect(left).toEqual(Array.from({ length: left.length }, (_, i) => 150 - left.length + i));
    expect({ accepted, waiting }).toEqual({ accepted: 50, waiting: 0 });
    expect(forwarded + dropped).toBe(50);
    expect(dropped).toBeGreaterThanOrEqual(30);
  });

  it('needs no more disk than its limit and a few write buffers, however much has passed', async () => {
    const folder = newFolder();
    const spool = await open({ folder });
    let most = 0;
    for (let round = 0; round < 60; round += 1) {
      await spool.append(lines(round * 5000, 5000));
      await drain(spool);
      const sizes = readdirSync(folder).map((file) => statSync(join(folder, file)).size);
      most = Math.max(
        most,
        sizes.reduce((sum, size) => sum + size),
      );
    }
    expect(most).toBeLessThan(40e6);
  });

  it('goes on after a disk that took only part of a write, and has what was acknowledged', async () => {
    const folder = newFolder();
    // No file may be larger than 300 KB: LevelDB's log, of 2 MB otherwise, is refused in the middle of a write.
    const command = `trap '' XFSZ; ulimit -f 300; exec "${process.execPath}" --import tsx "${FILL}" "${folder}" 20000`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { refused } = JSON.parse(stdout) as { refused: number };
    expect(refused).toBeGreaterThan(2);
    const seqs = seqsIn(...(await drain(await open({ folder }))));
    expect([...new Set(seqs)]).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
  });

  it('takes nothing while the disk itself is nearly full, sends what it has, and goes on when there is space', async () => {
    let free = 100e6;
    const spool = await open({ askFree: () => ({ free, size: 1e9 }) });
    await spool.append(lines(0, 3));
    free = 60e6;
    // An answer of the system counts for a moment.
    await expect
      .poll(() => spool.shortage)
      .toMatch(/57\.2 MB free, of which it needs 64\.0 to send what waits/);
    await expect(spool.append(lines(3, 1))).rejects.toThrow(DiskFull);
    expect(seqsIn(...(await drain(spool)))).toEqual([0, 1, 2]);
    free = 100e6;
    await expect.poll(() => spool.shortage).toBeUndefined();
    expect(await spool.append(lines(3, 1))).toBe(true);
    expect(seqsIn(...(await drain(spool)))).toEqual([3]);
  });

  it('leaves half of a small disk, and writes to one that does not tell', async () => {
    const small = await open({ askFree: () => ({ free: 11e6, size: 24e6 }) });
    await expect(small.append(lines(0, 1))).rejects.toThrow('needs 11.4');
    const untold = freeAt('/nonexistent');
    expect(await (await open({ askFree: () => untold })).append(lines(0, 1))).toBe(true);
  });

  it('loses nothing and changes no order by any crash: what is taken is what was appended', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ do: fc.constant('send' as const) }),
      fc.record({ do: fc.constant('send and crash before it is settled' as const) }),
      fc.record({ do: fc.constant('crash' as const) }),
      fc.record({
        do: fc.constant('crash, with part of the last write' as const),
        bytes: fc.nat({ max: 60 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        let folder = newFolder();
        let spool = await open({ folder });
        let appended = 0;
        /** Every record that was ever handed out, once. */
        const records: Uint8Array[] = [];
        /** How many of them the spool takes for forwarded. */
        let settled = 0;
        const send = async () => {
          const record = await spool.take(NINE);
          if (!record) return;
          // A record that may have been sent is sent again with the same bytes.
          if (settled < records.length) expect(record.data.equals(records[settled] as Uint8Array)).toBe(true);
          else records.push(record.data);
          await spool.plan(NINE);
        };
        const settle = async () => {
          await spool.settle();
          settled = Math.min(settled + 1, records.length);
        };
        const crash = async (cutBytes = 0) => {
          folder = crashed(folder);
          await spool.close();
          cutLog(folder, cutBytes);
          spool = await open({ folder });
          // The one under way is sent again, and the one before it, if the disk does not know yet that it was settled.
          settled = recordsWith(records, spool.counts.forwarded);
          expect(records.length - settled).toBeLessThanOrEqual(2);
        };
        for (const what of steps) {
          if (what.do === 'append') {
            await spool.append(lines(appended, what.count));
            appended += what.count;
          } else if (what.do === 'send') {
            await send();
            await settle();
          } else if (what.do === 'crash') {
            await crash();
            expect(spool.counts.accepted).toBe(appended);
          } else if (what.do === 'send and crash before it is settled') {
            await send();
            await crash();
          } else {
            // Not acknowledged yet: a device sends it again.
            await spool.append(lines(appended, 3));
            await crash(what.bytes);
            expect(spool.counts.accepted - appended).toBeOneOf([0, 3]);
            appended = spool.counts.accepted;
          }
        }
        while (spool.counts.waiting > 0) {
          await send();
          await settle();
        }
        expect(seqsIn(...records)).toEqual(Array.from({ length: appended }, (_, i) => i));
      }),
      { numRuns: 20 },
    );
  }, 120_000);
});

/** How many of these records hold so many lines, which must be a whole number of records. */
function recordsWith(records: readonly Uint8Array[], forwarded: number): number {
  let count = 0;
  for (let lines = 0; lines < forwarded; count += 1) lines += seqsIn(records[count] as Uint8Array).length;
  expect(seqsIn(...records.slice(0, count))).toHaveLength(forwarded);
  return count;
}

/** Cuts bytes off the log's end, no more than the write that was last. */
function cutLog(folder: string, bytes: number): void {
  const [log] = readdirSync(folder)
    .filter((file) => file.endsWith('.log'))
    .sort()
    .slice(-1);
  if (log === undefined) return;
  const file = join(folder, log);
  truncateSync(file, Math.max(0, statSync(file).size - bytes));
}
