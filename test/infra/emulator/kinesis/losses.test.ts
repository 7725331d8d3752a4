import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import type { Emulator } from '../../../../infra/emulator/emulator.ts';
import { auditFor } from '../../../../infra/emulator/kinesis/reader/losses.ts';
import type { Passed } from '../../../../infra/emulator/kinesis/reader/passed.ts';
import { kinesis } from '../../../../infra/emulator/kinesis/service.ts';
import { ACTOR } from '../support/actor.ts';
import { emulate } from '../support/emulate.ts';

const StreamName = 'orders';
const SHARD = 'shardId-000000000000';
const TEMPLATE = {
  Resources: {
    Orders: { Type: 'AWS::Kinesis::Stream', Properties: { Name: StreamName, ShardCount: 1 } },
  },
};
const DAY_MS = 24 * 60 * 60 * 1000;

function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'losses-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const open = (stateDir: string) => emulate(TEMPLATE, {}, { stateDir });

const segmentsIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.log'))
    .map((file) => join(folder, file));

/** The clock that shows the time, or the one that measures it. Returns how to undo it. */
function setForward(of: typeof Date | typeof performance, ms: number): () => void {
  const later = of.now() + ms;
  const clock = vi.spyOn(of as { now(): number }, 'now').mockImplementation(() => later);
  const back = () => clock.mockRestore();
  onTestFinished(back);
  return back;
}

/** Each text is a record. */
async function put(emulator: Emulator, ...texts: string[]): Promise<string> {
  const Records = texts.map((text) => ({ PartitionKey: 'k', Data: Buffer.from(text) }));
  const client = emulator.of(kinesis).clientOf(ACTOR);
  const { Records: put = [] } = await client.send(new PutRecordsCommand({ StreamName, Records }));
  return put.at(-1)?.SequenceNumber ?? '';
}

/** A consumer that remembers, and looks after this position. */
function consumer(emulator: Emulator, remembered = new Map<string, Passed>()) {
  const bus = new EventBus();
  const said: string[] = [];
  bus.on('event', (event) => event.type === 'notice' && event.lost && said.push(event.lost));
  let lines = 0;
  const audit = auditFor(
    emulator.of(kinesis).auditor,
    {
      ...{ streamName: StreamName, task: 'read', passed: (shard) => remembered.get(shard) },
      async note(all) {
        for (const one of all) remembered.set(one.shard, one);
      },
      onLost(lost) {
        lines += lost.lines;
      },
    },
    bus,
  );
  return {
    said,
    remembered,
    async look(after?: string, taken?: Passed) {
      lines = 0;
      said.length = 0;
      const passed = await audit(SHARD, after, taken);
      return { lines, passed };
    },
  };
}

describe('what a stream has lost', () => {
  it('is nothing while everything acknowledged is there', async () => {
    const emulator = await open(stateFolder());
    await put(emulator, 'a\nb\n', 'c');
    const { look, said } = consumer(emulator);
    expect(await look()).toMatchObject({ lines: 0, passed: { records: 0, lines: 0 } });
    expect(said).toEqual([]);
  });

  it('is nothing of what was read and is still under way', async () => {
    const emulator = await open(stateFolder());
    const last = await put(emulator, 'a\nb\n', 'c', 'd');
    await put(emulator, 'e');
    const { look, said, remembered } = consumer(emulator);
    const { shard } = (await look()).passed;
    remembered.set(shard, { shard, records: 1, lines: 2 });
    const taken = { shard, records: 3, lines: 4 };
    expect(await look(last, taken)).toEqual({ lines: 0, passed: taken });
    expect(said).toEqual([]);
  });

  it('is nothing where the clock of the machine is set forward while the stream is open', async () => {
    const emulator = await open(stateFolder());
    const first = await put(emulator, 'a\nb\n');
    await put(emulator, 'c\nd\ne', 'f');
    setForward(Date, 3 * DAY_MS);
    const { look, said } = consumer(emulator);
    expect((await look(first)).lines).toBe(0);
    expect(said).toEqual([]);
    const client = emulator.of(kinesis).clientOf(ACTOR);
    const iterator = { StreamName, ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON' } as const;
    const { ShardIterator } = await client.send(new GetShardIteratorCommand(iterator));
    const { Records } = await client.send(new GetRecordsCommand({ ShardIterator }));
    expect(Records).toHaveLength(3);
  });

  it('is what grew older than the retention, to the line, and is said once', async () => {
    const emulator = await open(stateFolder());
    const first = await put(emulator, 'a\nb\n');
    await put(emulator, 'c\nd\ne', 'f');
    const setBack = [setForward(Date, 3 * DAY_MS), setForward(performance, 3 * DAY_MS)];
    const { look, said, remembered } = consumer(emulator);
    remembered.set('unknown', { shard: 'unknown', records: 1, lines: 1 });
    const shard = (await look(first)).passed.shard;
    expect(said).toEqual([
      '4 lines of orders (2 records, shardId-000000000000): older than the 24 hours that the stream keeps, before they were read',
    ]);
    expect(remembered.get(shard)).toMatchObject({ records: 3, lines: 6 });
    for (const back of setBack) back();
  });

  it('is what damage to its files has taken, to the line', async () => {
    const stateDir = stateFolder();
    const before = await open(stateDir);
    const texts = Array.from({ length: 40 }, (_, i) => `${i}\n`.repeat(100));
    for (const text of texts) await put(before, text);
    await before.close();
    const folder = join(stateDir, 'kinesis');
    for (const segment of segmentsIn(folder)) truncateSync(segment, Math.floor(statSync(segment).size / 2));
    const emulator = await open(stateDir);
    const { look, said } = consumer(emulator);
    const { lines } = await look();
    expect(lines).toBeGreaterThan(0);
    expect(lines).toBeLessThan(4000);
    expect(lines % 100).toBe(0);
    expect(said[0]).toContain(`${folder} was damaged`);
    expect(await look()).toMatchObject({ lines: 0 });
    const held = 4000 - lines;
    await put(emulator, 'one more');
    expect((await look()).passed.lines).toBe(4000 - held);
  });

  it('is nothing of a stream that was never written to', async () => {
    const stateDir = stateFolder();
    const bus = new EventBus();
    const said: string[] = [];
    bus.on('event', (event) => event.type === 'notice' && said.push(event.text));
    for (const _ of ['created', 'opened', 'opened again']) {
      const emulator = await emulate(TEMPLATE, {}, { stateDir, bus });
      await consumer(emulator).look();
      await emulator.close();
    }
    expect(said).toEqual([]);
  });

  it('is everything when the store was taken away, or the stream was created anew', async () => {
    const stateDir = stateFolder();
    const before = await open(stateDir);
    await put(before, 'a\nb', 'c');
    await before.close();
    rmSync(join(stateDir, 'kinesis'), { recursive: true });
    const emulator = await open(stateDir);
    const { look } = consumer(emulator);
    expect((await look()).lines).toBe(3);
    expect((await look()).lines).toBe(0);

    await put(emulator, 'd\ne');
    const client = emulator.of(kinesis).clientOf(ACTOR);
    await client.send(new DeleteStreamCommand({ StreamName }));
    await vi.waitFor(() => client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 })));
    await vi.waitFor(async () => expect((await look()).passed.shard).not.toBe(SHARD));
  });

  it('cannot be told of a state folder of an earlier version, and is nothing there', async () => {
    const stateDir = stateFolder();
    const before = await open(stateDir);
    const first = await put(before, 'a\nb', 'c');
    await put(before, 'd');
    await before.close();
    for (const name of readdirSync(stateDir).filter((file) => file.startsWith('kinesis-'))) {
      rmSync(join(stateDir, name));
    }
    const emulator = await open(stateDir);
    const { look } = consumer(emulator);
    expect((await look(first)).lines).toBe(0);
    expect((await look(undefined)).lines).toBe(0);
  });
});

describe('a damaged store is one sentence that names it', () => {
  it('of DynamoDB', async () => {
    const stateDir = stateFolder();
    await (await open(stateDir)).close();
    writeFileSync(join(stateDir, 'dynamodb', 'CURRENT'), '');
    await expect(open(stateDir)).rejects.toThrow(
      /dynamodb is damaged \(Corruption: .*\): .* lost.*\. Move it away and start again/,
    );
  });

  it('of Kinesis', async () => {
    const stateDir = stateFolder();
    await (await open(stateDir)).close();
    const file = join(stateDir, 'kinesis', 'streams.json');
    truncateSync(file, 100);
    await expect(open(stateDir)).rejects.toThrow(
      `${file} is damaged: what the streams held and was not evaluated and delivered yet is lost. Move ${join(stateDir, 'kinesis')} away and start again; the start then says how much that was.`,
    );
  });

  it('of Kinesis, where it is of a version that had LevelDB', async () => {
    const stateDir = stateFolder();
    mkdirSync(join(stateDir, 'kinesis'));
    writeFileSync(join(stateDir, 'kinesis', 'CURRENT'), 'MANIFEST-000001\n');
    await expect(open(stateDir)).rejects.toThrow(
      /kinesis is of an earlier version, which kept its streams in LevelDB: let that version run once more/,
    );
  });
});
