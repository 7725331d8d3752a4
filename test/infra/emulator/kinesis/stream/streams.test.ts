/** What streams do by themselves, in virtual time: forget what is too old, and grow. */
import { cpSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Streams } from '../../../../../infra/emulator/kinesis/stream/streams.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const HOUR_MS = 3_600_000;

async function open(clock: VirtualClock) {
  const folder = mkdtempSync(join(tmpdir(), 'streams-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  const streams = await Streams.open({ folder, clock, isLimited: false, warn });
  onTestFinished(() => streams.close());
  const segments = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.log'));
  return { streams, segments, folder, warnings };
}

const record = (bytes: number, partitionKey = 'k') => ({ partitionKey, data: Buffer.alloc(bytes, 'x') });

it('forgets what is older than its retention, while nobody reads', async () => {
  const clock = new VirtualClock();
  const { streams, segments } = await open(clock);
  const stream = await streams.create({
    name: 's',
    mode: 'PROVISIONED',
    tags: {},
    recordKiB: 1024,
    shards: 1,
  });
  for (let hour = 0; hour < 30; hour += 1) {
    await stream.put([record(1_000)]);
    await clock.advance(1.01 * HOUR_MS);
  }
  // A segment for each hour of the retention, and one that is growing old.
  expect(segments().length).toBeGreaterThanOrEqual(23);
  expect(segments().length).toBeLessThanOrEqual(26);
  await clock.advance(26 * HOUR_MS);
  expect(segments()).toHaveLength(1);
});

it('forgets closed shards when their last record is too old', async () => {
  const clock = new VirtualClock();
  const { streams } = await open(clock);
  const stream = await streams.create({
    name: 's',
    mode: 'PROVISIONED',
    tags: {},
    recordKiB: 1024,
    shards: 1,
  });
  await stream.put([record(10)]);
  await stream.scaleTo(2);
  expect(stream.shards.map(({ state }) => state.ix)).toEqual([0, 1, 2]);
  await clock.advance(25 * HOUR_MS);
  expect(stream.shards.map(({ state }) => state.ix)).toEqual([1, 2]);
});

it('gives a busy on-demand stream more shards, and a provisioned one none', async () => {
  const clock = new VirtualClock();
  const { streams } = await open(clock);
  const options = { tags: {}, recordKiB: 1024, shards: 4 };
  const busy = await streams.create({ ...options, name: 'busy', mode: 'ON_DEMAND' });
  const fixed = await streams.create({ ...options, name: 'fixed', mode: 'PROVISIONED' });
  for (const stream of [busy, fixed]) {
    await stream.put(Array.from({ length: 200 }, (_, i) => record(1024 * 1024, String(i))));
  }
  await clock.advance(61_000);
  await vi.waitUntil(() => busy.openShards.length === 7, { timeout: 5_000 });
  expect(fixed.openShards).toHaveLength(4);
});

it('is the same after it was opened again, with numbers that go on', async () => {
  const clock = new VirtualClock();
  const { streams, folder, warnings } = await open(clock);
  const stream = await streams.create({
    name: 's',
    mode: 'PROVISIONED',
    tags: { a: 'b' },
    recordKiB: 1024,
    shards: 1,
  });
  const [first] = await stream.put([record(10)]);
  await streams.close();
  const again = await Streams.open({ folder, clock, isLimited: false, warn: (text) => warnings.push(text) });
  const found = again.get('s');
  expect(found?.state).toEqual(stream.state);
  const [second] = (await found?.put([record(10)])) ?? [];
  const numbers = [first, second].map((one) =>
    BigInt(one && 'sequenceNumber' in one ? one.sequenceNumber : 0),
  );
  expect(numbers[1]).toBeGreaterThan(numbers[0] ?? 0n);
  expect(warnings).toEqual([]);
  await again.close();
});

/** Only Linux tells which file a descriptor is. */
describe.skipIf(process.platform !== 'linux')('while it is written down which shards there are', () => {
  /** Waits with every state of the streams, or makes its write fail. */
  async function holdState(folder: string) {
    const probe = await openFile(folder, 'r');
    const prototype = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    const { sync } = prototype;
    const states: { succeed(): void; fail(): void }[] = [];
    const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
      if (readlinkSync(`/proc/self/fd/${this.fd}`).includes('streams.json')) {
        await new Promise<void>((resolve, reject) => {
          states.push({ succeed: resolve, fail: () => reject(new Error('the disk is full')) });
        });
      }
      return sync.call(this);
    });
    onTestFinished(() => spy.mockRestore());
    return states;
  }
  const ONE = { name: 's', mode: 'PROVISIONED', tags: {}, recordKiB: 1024, shards: 1 } as const;
  /** What a start finds after a crash at this moment. */
  async function afterCrash(folder: string): Promise<number> {
    const copy = `${folder}-copy`;
    onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
    cpSync(folder, copy, { recursive: true });
    const warn = (text: string) => expect(text).toBe('');
    const again = await Streams.open({ folder: copy, clock: new VirtualClock(), isLimited: false, warn });
    let records = 0;
    for (const shard of again.get('s')?.shards ?? []) {
      for await (const _ of shard.log.records({ index: 0, sinceMs: 0 })) records += 1;
    }
    await again.close();
    return records;
  }

  it('no record is acknowledged that a crash would lose', async () => {
    const clock = new VirtualClock();
    const { streams, folder } = await open(clock);
    const stream = await streams.create(ONE);
    await stream.put([record(10)]);
    const states = await holdState(folder);
    const scaled = stream.scaleTo(2);
    await vi.waitUntil(() => states.length === 1);
    const found = stream.put([record(10)]).then(() => afterCrash(folder));
    // All that can happen before that.
    await clock.advance(0);
    states[0]?.succeed();
    await scaled;
    expect(await found).toBe(2);
    expect(stream.openShards.map(({ state }) => state.ix)).toEqual([1, 2]);
  });

  it('and that fails, the shards stay as they were, and a stream is not made', async () => {
    const { streams, folder } = await open(new VirtualClock());
    const stream = await streams.create(ONE);
    const states = await holdState(folder);
    const scaled = stream.scaleTo(2);
    const failed = expect(scaled).rejects.toThrow('the disk is full');
    await vi.waitUntil(() => states.length === 1);
    const put = stream.put([record(10)]);
    states[0]?.fail();
    await failed;
    expect((await put).map(({ shard }) => shard.id)).toEqual(['shardId-000000000000']);
    expect(stream.state.shards).toHaveLength(1);
    expect(await afterCrash(folder)).toBe(1);

    const created = expect(streams.create({ ...ONE, name: 't' })).rejects.toThrow('the disk is full');
    await vi.waitUntil(() => states.length === 2);
    states[1]?.fail();
    await created;
    expect(streams.all().map(({ state }) => state.name)).toEqual(['s']);
  });
});
