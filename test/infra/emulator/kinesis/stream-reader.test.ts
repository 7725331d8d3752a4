import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ExpiredIteratorException,
  GetRecordsCommand,
  MergeShardsCommand,
  ProvisionedThroughputExceededException,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { backoffMs } from '../../../../infra/emulator/base/backoff.ts';
import { systemClock } from '../../../../infra/emulator/base/clock.ts';
import { SetupError } from '../../../../infra/emulator/base/setup-error.ts';
import { type Checkpoint, loadCheckpoints } from '../../../../infra/emulator/kinesis/reader/checkpoints.ts';
import type { Passed } from '../../../../infra/emulator/kinesis/reader/passed.ts';
import {
  type StreamReader,
  type StreamReaderOptions,
  startStreamReader,
} from '../../../../infra/emulator/kinesis/reader/stream-reader.ts';
import { hurriedClock, VirtualClock } from '../../../support/virtual-clock.ts';
import { createFakeStream } from '../support/fake-stream.ts';
import { startKinesis, type TestKinesis } from '../support/kinesis.ts';

let kinesis: TestKinesis;
let folder: string;
let streams = 0;
const readers: StreamReader[] = [];

beforeAll(async () => {
  kinesis = await startKinesis();
  folder = await mkdtemp(join(tmpdir(), 'shard-reader-'));
});
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.stop()));
});
afterAll(async () => {
  await kinesis.close();
  await rm(folder, { recursive: true });
});

async function newStream(shards = 1): Promise<string> {
  const name = `stream-${++streams}`;
  await kinesis.createStream(name, shards);
  return name;
}

/** A consumer that records in order what it was given: texts, and `end of <shard>`. */
function start(streamName: string, options: Partial<StreamReaderOptions> = {}) {
  const seen: string[] = [];
  const reader = startStreamReader({
    client: kinesis.client,
    streamName,
    startingPosition: 'TRIM_HORIZON',
    checkpoints: { startedAt: 0, get: () => undefined },
    pollMs: 10,
    clock: hurriedClock,
    async onRecords(_, records) {
      seen.push(...records.map((record) => Buffer.from(record.data).toString()));
    },
    async onShardEnd(shardId) {
      seen.push(`end of ${shardId}`);
    },
    ...options,
  });
  readers.push(reader);
  return { reader, seen };
}

/** A client whose next `count` calls of GetRecords fail after `failNext(count)`. */
function flakyClient(error: () => Error) {
  const send = kinesis.client.send.bind(kinesis.client) as (...args: unknown[]) => Promise<unknown>;
  let left = 0;
  const client = new Proxy(kinesis.client, {
    get(target, name) {
      if (name !== 'send') return Reflect.get(target, name);
      return (...args: unknown[]) => {
        if (args[0] instanceof GetRecordsCommand && left-- > 0) return Promise.reject(error());
        return send(...args);
      };
    },
  });
  return {
    client,
    failNext(count: number) {
      left = count;
    },
  };
}

const texts = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('reading a stream', () => {
  it('hands over every record of a shard in order, and drains the records that came before the call', async () => {
    const stream = await newStream();
    await kinesis.put(stream, texts('a', 450));
    await kinesis.put(stream, texts('b', 450));
    const { reader, seen } = start(stream);
    await reader.drain();
    expect(seen).toEqual([...texts('a', 450), ...texts('b', 450)]);
    await kinesis.put(stream, ['c0']);
    await reader.drain();
    expect(seen.at(-1)).toBe('c0');
  });

  it('reads more only when the consumer has taken the records', async () => {
    const stream = await newStream();
    await kinesis.put(stream, ['first']);
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const got: string[] = [];
    const { reader } = start(stream, {
      async onRecords(_, records) {
        got.push(...records.map((record) => Buffer.from(record.data).toString()));
        await gate;
      },
    });
    await vi.waitUntil(() => got.length === 1, { interval: 5 });
    await kinesis.put(stream, ['second']);
    const drained = reader.drain();
    // Another consumer has seen it long ago.
    await start(stream).reader.drain();
    expect(got).toEqual(['first']);
    open();
    await drained;
    expect(got).toEqual(['first', 'second']);
  });

  it('gives the same records again when the consumer fails, and skips none', async () => {
    const stream = await newStream();
    await kinesis.put(stream, ['a', 'b']);
    const onRecords = vi.fn().mockRejectedValueOnce(new Error('disk full')).mockResolvedValue(undefined);
    const onFailure = vi.fn();
    const { reader } = start(stream, { onRecords, onFailure });
    await reader.drain();
    expect(onRecords.mock.calls.map(([, records]) => records.length)).toEqual([2, 2]);
    expect(onFailure).toHaveBeenCalledWith(expect.objectContaining({ message: 'disk full' }), 1);
  });

  it('continues after the checkpoint, and does not read a finished shard again', async () => {
    const stream = await newStream(2);
    await kinesis.put(stream, texts('k', 20), (text) => text);
    const handled = new Map<string, string[]>();
    const first = start(stream, {
      async onRecords(shardId, records) {
        handled.set(shardId, [...(handled.get(shardId) ?? []), ...records.map((r) => r.sequenceNumber)]);
      },
    });
    await first.reader.drain();
    const [one, two] = [...handled.entries()];
    if (!one || !two) throw new Error('Expected records in both shards');
    const checkpoints: Record<string, Checkpoint> = {
      [one[0]]: { sequenceNumber: one[1][2] ?? '' },
      [two[0]]: 'SHARD_END',
    };
    const second = start(stream, { checkpoints: { startedAt: 0, get: (id) => checkpoints[id] } });
    await second.reader.drain();
    expect(second.seen).toHaveLength(one[1].length - 3);
  });

  it('starts at LATEST with what arrives after the first start, even if nothing was read before a restart', async () => {
    const stream = await newStream();
    await kinesis.put(stream, ['before']);
    const startedAt = Date.now() + 1;
    await vi.waitUntil(() => Date.now() >= startedAt, { interval: 1 });
    const latest = {
      startingPosition: 'LATEST' as const,
      checkpoints: { startedAt, get: () => undefined },
    };
    await kinesis.put(stream, ['while away']);
    const { reader, seen } = start(stream, latest);
    await reader.drain();
    expect(seen).toEqual(['while away']);
  });

  it('reads the stream from its beginning if the checkpoint belongs to a deleted stream', async () => {
    const stream = await newStream();
    await kinesis.put(stream, ['a']);
    const foreign = { sequenceNumber: '49590338271490256608559692538361571095921575989136588898' };
    const { reader, seen } = start(stream, { checkpoints: { startedAt: 0, get: () => foreign } });
    await reader.drain();
    expect(seen).toEqual(['a']);
  });

  it('waits for a stream that does not exist yet', async () => {
    const { reader, seen } = start('late-stream');
    await kinesis.createStream('late-stream');
    await kinesis.put('late-stream', ['a']);
    await reader.drain();
    expect(seen).toEqual(['a']);
  });
});

describe('failures while reading', () => {
  it.each([
    [
      'throttling',
      () => new ProvisionedThroughputExceededException({ $metadata: {}, message: 'Rate exceeded' }),
    ],
    ['an expired iterator', () => new ExpiredIteratorException({ $metadata: {}, message: 'expired' })],
    ['a reset connection', () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
  ])('loses and repeats nothing after %s', async (_, error) => {
    const stream = await newStream();
    await kinesis.put(stream, texts('a', 30));
    const { client, failNext } = flakyClient(error);
    failNext(1);
    const { reader, seen } = start(stream, { client });
    await reader.drain();
    failNext(2);
    await kinesis.put(stream, texts('b', 30));
    await reader.drain();
    expect(seen).toEqual([...texts('a', 30), ...texts('b', 30)]);
  });

  it('looks for losses after an expired iterator from what it has read, and not from the checkpoint', async () => {
    const stream = await newStream();
    await kinesis.put(stream, texts('a', 30));
    const expired = () => new ExpiredIteratorException({ $metadata: {}, message: 'expired' });
    const { client, failNext } = flakyClient(expired);
    const looked: (number | undefined)[] = [];
    const audit = async (shard: string, _after: string | undefined, taken: Passed | undefined) => {
      looked.push(taken?.records);
      return taken ?? { shard, records: 0, lines: 0 };
    };
    const { reader } = start(stream, { client, audit });
    await reader.drain();
    failNext(1);
    await kinesis.put(stream, texts('b', 5));
    await reader.drain();
    expect(looked).toEqual([undefined, 30]);
  });

  it('stops while it waits out a failure', async () => {
    const stream = await newStream();
    const onFailure = vi.fn();
    const { client, failNext } = flakyClient(() => new Error('down'));
    failNext(Number.POSITIVE_INFINITY);
    const { reader } = start(stream, { client, onFailure });
    await vi.waitUntil(() => onFailure.mock.calls.length > 1, { interval: 5 });
    await reader.stop();
    const calls = onFailure.mock.calls.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(onFailure).toHaveBeenCalledTimes(calls);
  });
});

describe('in virtual time', () => {
  const HOUR_MS = 3_600_000;

  it.each([-HOUR_MS, HOUR_MS])('polls on when the clock is set by %d ms', async (by) => {
    const clock = new VirtualClock();
    const stream = createFakeStream(clock);
    const { seen } = start('any', { client: stream.client, clock, pollMs: 200 });
    stream.put('a');
    await clock.advance(100);
    clock.stepWall(by);
    stream.put('b');
    expect(seen).toEqual(['a']);
    await clock.advance(100);
    expect(seen).toEqual(['a', 'b']);
  });

  it('passes over nothing that comes after the start at LATEST, though the clock that dates it is set back', async () => {
    const clock = new VirtualClock();
    const stream = createFakeStream(clock);
    stream.put('before');
    await clock.advance(1000);
    const checkpoints = { startedAt: clock.now(), get: () => undefined };
    const { seen } = start('any', {
      ...{ client: stream.client, clock, pollMs: 200, checkpoints },
      startingPosition: 'LATEST',
    });
    stream.put('first');
    await clock.advance(200);
    clock.stepWall(-HOUR_MS);
    stream.put('an hour earlier');
    await clock.advance(200);
    expect(seen).toEqual(['first', 'an hour earlier']);
  });

  it('waits longer after each failure, up to five seconds', async () => {
    const clock = new VirtualClock();
    const stream = createFakeStream(clock);
    stream.fail(8);
    const onFailure = vi.fn();
    const { seen } = start('any', { client: stream.client, clock, pollMs: 200, onFailure });
    stream.put('a');
    await clock.advance(30_000);
    expect(seen).toEqual(['a']);
    expect(onFailure.mock.calls.map(([, failures]) => failures)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    [100, 200, 400, 800, 1600, 3200, 5000, 5000].forEach((longest, i) => {
      const waited = (stream.asked[i + 1]?.atMs ?? 0) - (stream.asked[i]?.atMs ?? 0);
      expect(waited).toBeGreaterThanOrEqual(longest / 2);
      expect(waited).toBeLessThanOrEqual(longest);
    });
  });
});

describe('resharding', () => {
  it('reads parents to their end before their children, across a split and a merge', async () => {
    const stream = await newStream();
    await kinesis.put(stream, texts('parent', 40), (text) => text);
    await kinesis.client.send(
      new SplitShardCommand({
        StreamName: stream,
        ShardToSplit: 'shardId-000000000000',
        NewStartingHashKey: (2n ** 127n).toString(),
      }),
    );
    await kinesis.put(stream, texts('child', 40), (text) => text);
    await kinesis.client.send(
      new MergeShardsCommand({
        StreamName: stream,
        ShardToMerge: 'shardId-000000000001',
        AdjacentShardToMerge: 'shardId-000000000002',
      }),
    );
    await kinesis.put(stream, texts('grandchild', 40), (text) => text);
    const { reader, seen } = start(stream);
    await reader.drain();

    const position = (what: string) => seen.indexOf(what);
    expect(seen.filter((entry) => !entry.startsWith('end of'))).toHaveLength(120);
    expect(seen.slice(0, 41)).toEqual([...texts('parent', 40), 'end of shardId-000000000000']);
    expect(seen.slice(-40)).toEqual(texts('grandchild', 40));
    for (const shard of ['shardId-000000000001', 'shardId-000000000002']) {
      expect(position(`end of ${shard}`)).toBeGreaterThan(40);
      expect(position(`end of ${shard}`)).toBeLessThan(position('grandchild0'));
    }
  });
});

describe('with a registered consumer', () => {
  it('gets what is pushed, parents before children, and drains', async () => {
    const stream = await newStream();
    const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`;
    const { Consumer } = await kinesis.client.send(
      new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'fan' }),
    );
    await kinesis.put(stream, texts('before', 3));
    const consumerArn = Consumer?.ConsumerARN;
    const polls = vi.spyOn(kinesis.client, 'send');
    const { reader, seen } = start(stream, { consumerArn, clock: systemClock });
    await vi.waitUntil(() => seen.length === 3, { interval: 5 });
    await kinesis.put(stream, texts('after', 2));
    await vi.waitUntil(() => seen.length === 5, { interval: 5 });
    const half = (2n ** 127n).toString();
    const split = { StreamName: stream, ShardToSplit: 'shardId-000000000000', NewStartingHashKey: half };
    await kinesis.client.send(new SplitShardCommand(split));
    await kinesis.put(stream, texts('child', 2));
    await vi.waitUntil(() => seen.length === 8, { interval: 5, timeout: 10_000 });
    expect(polls.mock.calls.some(([command]) => (command as object) instanceof GetRecordsCommand)).toBe(
      false,
    );
    polls.mockRestore();
    await kinesis.put(stream, ['last']);
    await reader.drain();
    const parent = [...texts('before', 3), ...texts('after', 2), 'end of shardId-000000000000'];
    expect(seen).toEqual([...parent, ...texts('child', 2), 'last']);
  });
});

describe('checkpoints', () => {
  it('are read from the file after a restart', async () => {
    const file = join(folder, 'a', 'checkpoints.json');
    const first = await loadCheckpoints(file, { now: () => 1000 });
    await Promise.all([
      first.save('shard-1', { sequenceNumber: '5' }),
      first.save('shard-1', { sequenceNumber: '6' }),
      first.save('shard-2', 'SHARD_END'),
    ]);
    const second = await loadCheckpoints(file, { now: () => 2000 });
    expect(second.startedAt).toBe(1000);
    expect(second.get('shard-1')).toEqual({ sequenceNumber: '6' });
    expect(second.get('shard-2')).toBe('SHARD_END');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ startedAt: 1000 });
  });

  it('refuse a file that is not a checkpoint file, and say what to do', async () => {
    const file = join(folder, 'foreign.json');
    await writeFile(file, '{"shards": 3}');
    await expect(loadCheckpoints(file)).rejects.toThrow(SetupError);
    await expect(loadCheckpoints(file)).rejects.toThrow(/Delete it/);
  });
});

describe('backoff', () => {
  it('doubles up to the cap, and half of it is random', () => {
    const policy = { baseMs: 100, maxMs: 1000 };
    const at = (random: number) => [1, 2, 3, 4, 5, 50].map((n) => backoffMs(n, policy, () => random));
    expect(at(1)).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(at(0)).toEqual([50, 100, 200, 400, 500, 500]);
  });
});
