/** What streams do by themselves, in virtual time: forget what is too old, and grow. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
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
