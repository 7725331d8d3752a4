/** A shard that is full, without any injected fault: senders slow down, say so, and lose nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetRecordsCommand, GetShardIteratorCommand, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../infra/emulator/base/clock.ts';
import { startForwarder } from '../services/gateway/forward.ts';
import { Spool } from '../services/gateway/spool/spool.ts';
import { explain, type Problem } from '../services/gateway/uplink/explain.ts';
import { systemClock as simulatorClock } from '../simulator/clock.ts';
import { putRecords } from '../simulator/sink/kinesis.ts';
import { PutRecordsSink } from '../simulator/sink/put-records.ts';
import { startKinesis, type TestKinesis } from './infra/emulator/support/kinesis.ts';
import { fakeCloud } from './services/gateway/support/fake-cloud.ts';

let kinesis: TestKinesis;
/** For the meters of the shards time stands still, until a test lets it pass. */
let elapsedMs = 0;
const clock = { ...systemClock, elapsed: () => elapsedMs };

beforeAll(async () => {
  kinesis = await startKinesis({ isLimited: true, clock });
});
afterAll(() => kinesis.close());

const SHARD_BYTES = 1024 * 1024;
const LINE = 'x'.repeat(200);

async function bytesIn(StreamName: string): Promise<number> {
  const shard = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const;
  let { ShardIterator: next } = await kinesis.client.send(new GetShardIteratorCommand(shard));
  let bytes = 0;
  for (let isBehind = true; isBehind; ) {
    elapsedMs += 10_000;
    const page = await kinesis.client.send(new GetRecordsCommand({ ShardIterator: next }));
    bytes += (page.Records ?? []).reduce((sum, { Data }) => sum + (Data?.length ?? 0), 0);
    next = page.NextShardIterator;
    isBehind = (page.MillisBehindLatest ?? 0) > 0;
  }
  return bytes;
}

it('the simulator', async () => {
  await kinesis.createStream('simulator');
  const sink = new PutRecordsSink(putRecords(kinesis.client, 'simulator'), simulatorClock, () => 0);
  const text = Array.from({ length: 100 }, () => LINE).join('\n');
  for (let site = 0; site < 100; site += 1) {
    sink.push({ siteId: `site-${site}`, text, lines: 100, dueMs: Date.now() });
  }
  sink.flush();
  await vi.waitUntil(() => sink.counts.records.throttled > 0, { timeout: 20_000, interval: 5 });
  expect(sink.counts.records.acked * text.length).toBeLessThanOrEqual(SHARD_BYTES);
  expect(sink.lastError).toMatch(/^ProvisionedThroughputExceededException: Rate exceeded for shard/);
  await vi.waitUntil(
    () => {
      elapsedMs += 100;
      return sink.counts.records.acked === 100;
    },
    { timeout: 20_000, interval: 5 },
  );
  expect(sink.counts.records.failed).toBe(0);
  expect(await bytesIn('simulator')).toBe(100 * text.length);
});

it('the gateway of a site', async () => {
  await kinesis.createStream('gateway');
  const folder = mkdtempSync(join(tmpdir(), 'throttling-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const spool = await Spool.open({ folder, limitBytes: 1e8, whenFull: 'refuse', now: Date.now });
  const line = (i: number) => JSON.stringify({ device_id: 'd', seq: i, temperature: 20, text: LINE });
  const count = 8_000;
  for (let i = 0; i < count; i += 1_000) {
    await spool.append(Array.from({ length: 1_000 }, (_, j) => line(i + j)));
  }
  const { keys } = await fakeCloud().open();
  const said: (Problem | undefined)[] = [];
  const sender = {
    async send(Data: Uint8Array) {
      const input = { StreamName: 'gateway', PartitionKey: 'plant-1', Data };
      return kinesis.client.send(new PutRecordCommand(input)).then(
        () => undefined,
        (error: unknown) => explain(error, { keys, host: 'Kinesis', nowMs: Date.now() }),
      );
    },
  };
  const forwarder = startForwarder(spool, sender, {
    ...{ catchUpBytes: 1e12, now: Date.now, random: () => 0 },
    onProblem: (problem) => said.push(problem),
  });
  await vi.waitUntil(() => said.length > 0, { timeout: 20_000, interval: 5 });
  expect(said).toEqual([
    { kind: 'throttled', sentence: 'The stream takes no more at the moment. It is tried again.' },
  ]);
  expect(spool.counts.forwarded).toBeLessThan(count);
  await vi.waitUntil(
    () => {
      elapsedMs += 100;
      return spool.counts.waiting === 0;
    },
    { timeout: 20_000, interval: 5 },
  );
  expect(said.at(-1)).toBeUndefined();
  expect(spool.counts).toMatchObject({ accepted: count, forwarded: count, dropped: 0 });
  await forwarder.stop(1_000);
  await spool.close();
  expect(await bytesIn('gateway')).toBeGreaterThan(SHARD_BYTES);
});
