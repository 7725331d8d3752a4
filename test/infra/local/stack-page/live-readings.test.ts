import { createHash } from 'node:crypto';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { expect, it } from 'vitest';
import { createLiveReader, shardsOf } from '../../../../infra/local/stack-page/live-readings.ts';
import { aggregate } from '../../../support/aggregated.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const HALF = 2n ** 127n;
const MAX = 2n ** 128n - 1n;
const shard = (ShardId: string, from: bigint, to: bigint, ended = false) => ({
  ShardId,
  HashKeyRange: { StartingHashKey: `${from}`, EndingHashKey: `${to}` },
  SequenceNumberRange: { StartingSequenceNumber: '1', ...(ended && { EndingSequenceNumber: '2' }) },
});
const SHARDS = [shard('old', 0n, MAX, true), shard('low', 0n, HALF - 1n), shard('high', HALF, MAX)];
const isLow = (site: string) => BigInt(`0x${createHash('md5').update(site).digest('hex')}`) < HALF;

/** A stream of two shards; what it is asked, and what goes wrong with the next reads. */
function world() {
  const clock = new VirtualClock();
  const asked: { shard: string; atMs: number }[] = [];
  const faults: string[] = [];
  const state = { lines: [] as (string | Buffer)[], mayRead: true };
  const client = {
    async send(command: unknown) {
      if (!state.mayRead) throw new Error('AccessDenied');
      if (command instanceof ListShardsCommand) {
        const rest = command.input.NextToken === 'rest';
        return rest ? { Shards: SHARDS.slice(2) } : { Shards: SHARDS.slice(0, 2), NextToken: 'rest' };
      }
      if (command instanceof GetShardIteratorCommand) {
        expect(command.input.ShardIteratorType).toBe('LATEST');
        return { ShardIterator: command.input.ShardId };
      }
      if (!(command instanceof GetRecordsCommand)) throw new Error('Expected a read');
      const { ShardIterator } = command.input;
      asked.push({ shard: ShardIterator ?? '', atMs: clock.elapsed() });
      const fault = faults.shift();
      if (fault !== undefined) throw new Error(fault);
      const Records = state.lines.splice(0).map((line) => ({ Data: Buffer.from(line as string) }));
      return { Records, NextShardIterator: ShardIterator };
    },
  } as unknown as KinesisClient;
  const reader = createLiveReader(client, 'readings', clock);
  /** As a page does that somebody looks at. */
  const look = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      await clock.advance(1_000);
      reader.state();
    }
  };
  const line = (site_id: string, device_id: string) =>
    JSON.stringify({
      ...{ site_id, device_id, seq: 1, temperature: 40, cpu: 1, ram: 1, hd: 1 },
      ...{ timestamp: new Date(clock.now()).toISOString(), timestamp_sent: '2026-01-31 09' },
    });
  return { clock, asked, faults, state, reader, look, line };
}

it('reads the one open shard of the site, once a second, and only its readings', async () => {
  const { asked, reader, look, line, state } = world();
  expect(reader.state()).toBeNull();
  await reader.start('north');
  await look(3);
  state.lines.push(line('north', 'dev-1'), line('south', 'dev-2'));
  await look(2);
  expect(asked.map(({ atMs }) => atMs)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  expect(new Set(asked.map((one) => one.shard))).toEqual(new Set([isLow('north') ? 'low' : 'high']));
  expect(reader.state()).toMatchObject({ site: 'north', shards: 1 });
  expect(reader.telemetry.take().devices.map(({ device_id }) => device_id)).toEqual(['dev-1']);
  expect(reader.telemetry.recent('north', 'dev-1')).toHaveLength(1);
});

it('takes records of the Kinesis Producer Library apart, and shows the site only', async () => {
  const { reader, look, line, state } = world();
  await reader.start('north');
  const packed = [line('north', 'dev-1'), line('south', 'dev-2'), line('north', 'dev-3')];
  state.lines.push(aggregate(packed.map((one) => ['any key', one])));
  await look(1);
  const shown = reader.telemetry.take();
  expect(shown.devices.map(({ device_id }) => device_id)).toEqual(['dev-1', 'dev-3']);
  expect(shown.changes.map(([index]) => index)).toEqual([0, 1]);
});

it('ends by itself after five minutes, and when nobody looks any more', async () => {
  const { asked, reader, look, clock } = world();
  await reader.start('north');
  await look(310);
  expect(reader.state()).toBeNull();
  expect(asked.length).toBeLessThanOrEqual(300);
  await reader.start('north');
  await clock.advance(60_000);
  expect(reader.state()).toBeNull();
  expect(asked.length).toBeLessThan(300 + 20);
});

it('another site takes its place, with readings of its own', async () => {
  const { reader, look, line, state } = world();
  await reader.start('north');
  state.lines.push(line('north', 'dev-1'));
  await look(1);
  await reader.start('south');
  state.lines.push(line('south', 'dev-2'));
  await look(1);
  expect(reader.state()?.site).toBe('south');
  expect(reader.telemetry.take().devices.map(({ device_id }) => device_id)).toEqual(['dev-2']);
  reader.stop();
  expect(reader.state()).toBeNull();
});

it('stands back when the shard refuses it: the detector needs it more', async () => {
  const { asked, faults, reader, look } = world();
  faults.push('ProvisionedThroughputExceededException');
  await reader.start('north');
  await look(1);
  expect(reader.state()?.problem).toContain('Throughput');
  await look(5);
  expect(asked.map(({ atMs }) => atMs)).toEqual([0, 5_000, 6_000]);
  expect(reader.state()?.problem).toBeUndefined();
});

it('says at once that it may not, before and when somebody asks', async () => {
  const { reader, state } = world();
  expect(await reader.canRead()).toBe(true);
  state.mayRead = false;
  expect(await reader.canRead()).toBe(false);
  await expect(reader.start('north')).rejects.toThrow('AccessDenied');
  expect(reader.state()).toBeNull();
});

it('a key has one shard of those that are open', () => {
  for (const key of ['north', 'south', 'plant-1', ''])
    expect(shardsOf(SHARDS.slice(1), key).map(({ ShardId }) => ShardId)).toEqual([
      isLow(key) ? 'low' : 'high',
    ]);
});
