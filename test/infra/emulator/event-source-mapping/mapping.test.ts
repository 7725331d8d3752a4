import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SplitShardCommand } from '@aws-sdk/client-kinesis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EventBus, type RuntimeEvent } from '../../../../infra/emulator/base/events.ts';
import { SetupError } from '../../../../infra/emulator/base/setup-error.ts';
import {
  type EventSourceMapping,
  type MappingOptions,
  startEventSourceMapping,
} from '../../../../infra/emulator/event-source-mapping/mapping.ts';
import { loadCheckpoints } from '../../../../infra/emulator/kinesis/reader/checkpoints.ts';
import { type LambdaFunction, openFunction } from '../../../../infra/emulator/lambda/function.ts';
import { hurriedClock, VirtualClock } from '../../../support/virtual-clock.ts';
import { ACTOR } from '../support/actor.ts';
import { startKinesis, type TestKinesis } from '../support/kinesis.ts';

/**
 * Logs each record that it takes as `took <text>`, and does what the text says: `throw`, `exit`, `oom`, `hang` or
 * `report`. `once-…` does so only the first time, in the first execution environment.
 */
const HANDLER = `
import { existsSync, writeFileSync } from 'node:fs';
export const handler = async ({ Records }) => {
  for (const { kinesis } of Records) {
    const text = Buffer.from(kinesis.data, 'base64').toString();
    let [action, name] = text.split(':');
    if (action === 'once') {
      const mark = process.env.MARKS + '/' + name;
      action = existsSync(mark) ? 'take' : name.split('-')[0];
      writeFileSync(mark, '');
    }
    if (action === 'throw') throw new Error('poison');
    if (action === 'exit') process.exit(7);
    if (action === 'hang') await new Promise(() => {});
    if (action === 'oom') for (const all = []; ; ) all.push(new Array(1e5).fill(all.length));
    if (action === 'report') return { batchItemFailures: [{ itemIdentifier: kinesis.sequenceNumber }] };
    console.log('took ' + text);
  }
  return { batchItemFailures: [] };
};`;

let kinesis: TestKinesis;
let folder: string;
let streams = 0;
const running: { mapping: EventSourceMapping; fn: LambdaFunction }[] = [];

beforeAll(async () => {
  kinesis = await startKinesis();
  folder = await mkdtemp(join(tmpdir(), 'mapping-'));
});
afterEach(async () => {
  for (const { mapping, fn } of running.splice(0)) {
    const stopping = mapping.stop();
    await fn.stop();
    await stopping;
  }
});
afterAll(async () => {
  await kinesis.close();
  await rm(folder, { recursive: true });
});

async function newStream(shards = 1): Promise<string> {
  const name = `mapped-${++streams}`;
  await kinesis.createStream(name, shards);
  return name;
}

const arnOf = (stream: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`;

async function start(stream: string, properties: object = {}, options: Partial<MappingOptions> = {}) {
  const code = await mkdtemp(join(folder, `${stream}-`));
  const marks = await mkdtemp(join(folder, 'marks-'));
  await writeFile(join(code, 'index.mjs'), HANDLER);
  const taken: string[] = [];
  /** Of the function alone: its time-out passes only when it is told to. */
  const clock = new VirtualClock();
  const fn = openFunction({
    actor: ACTOR,
    name: 'detector',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:detector',
    properties: { Handler: 'index.handler', Runtime: 'nodejs24.x', Role: 'arn:role', Timeout: 1 },
    codeDir: code,
    tmpRoot: join(code, 'tmp'),
    environment: { MARKS: marks },
    logFile: join(code, 'log'),
    clock,
    onLog(line) {
      const text = /took (.*)$/.exec(line)?.[1];
      if (text) taken.push(text);
    },
  });
  const bus = new EventBus();
  const events: RuntimeEvent[] = [];
  bus.on('event', (event) => events.push(event));
  const mapping = startEventSourceMapping({
    id: 'a6f2c3d4-0000-4000-8000-000000000000',
    properties: {
      EventSourceArn: arnOf(stream),
      FunctionName: 'detector',
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failures' } },
      ...properties,
    },
    client: kinesis.client,
    fn,
    checkpoints: await loadCheckpoints(join(code, 'checkpoints.json')),
    s3Root: join(code, 's3'),
    bus,
    clock: hurriedClock,
    pollMs: 10,
    ...options,
  });
  running.push({ mapping, fn });
  const bucket = join(code, 's3', 'failures');
  return {
    mapping,
    fn,
    taken,
    events,
    code,
    /** Lets the invocation that hangs reach its time-out. */
    async timeOut() {
      await vi.waitUntil(async () => (await readdir(marks)).length > 0, { interval: 5 });
      await clock.advance(1000);
    },
    async failures() {
      const names = await readdir(bucket, { recursive: true }).catch(() => []);
      const keys = names.filter((name) => /T[\d.]+-[^/]+$/.test(name)).sort();
      return Promise.all(
        keys.map(async (key) => ({ key, record: JSON.parse(await readFile(join(bucket, key), 'utf8')) })),
      );
    },
  };
}

const texts = (count: number, prefix = 'take:') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const dataOf = (record: { payload: string }): string[] =>
  JSON.parse(record.payload).Records.map((r: { kinesis: { data: string } }) =>
    Buffer.from(r.kinesis.data, 'base64').toString('latin1'),
  );

describe('a healthy function', () => {
  it('gets every record once, in order, in batches no larger than the template says', async () => {
    const stream = await newStream();
    const { mapping, taken, events } = await start(stream, { BatchSize: 40 });
    await kinesis.put(stream, texts(100));
    await mapping.drain();
    expect(taken).toEqual(texts(100));
    expect(mapping.counts()).toMatchObject({
      failedInvocations: 0,
      processedRecords: 100,
      abandonedRecords: 0,
    });
    const sizes = events.map((event) => (event.type === 'invocation' ? event.records : -1));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(40);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(100);
  });

  it('keeps the order of each partition key with several lanes', async () => {
    const stream = await newStream();
    const { mapping, taken } = await start(stream, { ParallelizationFactor: 4, BatchSize: 10 });
    const all = Array.from({ length: 120 }, (_, i) => `take:key${i % 8}-${i}`);
    await kinesis.put(stream, all, (text) => text.split('-')[0] ?? '');
    await mapping.drain();
    expect([...taken].sort()).toEqual([...all].sort());
    for (let key = 0; key < 8; key += 1) {
      const ofKey = (list: string[]) => list.filter((text) => text.startsWith(`take:key${key}-`));
      expect(ofKey(taken)).toEqual(ofKey(all));
    }
  });

  it('continues after the checkpoint when it is restarted', async () => {
    const stream = await newStream();
    const first = await start(stream);
    await kinesis.put(stream, texts(5));
    await first.mapping.drain();
    await first.mapping.stop();
    await kinesis.put(stream, ['take:later']);
    const checkpoints = await loadCheckpoints(join(first.code, 'checkpoints.json'));
    const second = await start(stream, {}, { checkpoints });
    await second.mapping.drain();
    expect(second.taken).toEqual(['take:later']);
  });
});

describe('a failing function', () => {
  it.each([
    ['throws', 'once:throw'],
    ['ends its process', 'once:exit'],
    ['reports the record', 'once:report'],
    ['outgrows its memory', 'once:oom'],
  ])('that %s once loses nothing and repeats only its batch', async (_, bad) => {
    const stream = await newStream();
    await kinesis.put(stream, ['take:a', bad, 'take:b']);
    const { mapping, taken, failures } = await start(stream);
    await mapping.drain();
    expect(taken.filter((text) => text !== 'take:a')).toEqual([bad, 'take:b']);
    expect(taken).toContain('take:a');
    expect(await failures()).toEqual([]);
    expect(mapping.counts()).toMatchObject({ processedRecords: 3, abandonedRecords: 0 });
  });

  it('that hangs is ended at its timeout and retried', async () => {
    const stream = await newStream();
    await kinesis.put(stream, ['once:hang', 'take:b']);
    const { mapping, taken, events, timeOut } = await start(stream);
    const drained = mapping.drain();
    await timeOut();
    await drained;
    expect(taken).toEqual(['once:hang', 'take:b']);
    expect(events[0]).toMatchObject({
      outcome: 'timeout',
      error: expect.stringMatching(/timed out after 1\.00/),
    });
  });

  it('gets its poison record isolated by splitting and kept with its bytes, while the neighbours pass', async () => {
    const stream = await newStream();
    const poison = `throw:\u00ff\u0000${'\u20ac'}`;
    await kinesis.put(stream, [...texts(20), poison, ...texts(20, 'take:later')]);
    const { mapping, taken, failures, events, code } = await start(stream, { BatchSize: 100 });
    await mapping.drain();
    expect(new Set(taken)).toEqual(new Set([...texts(20), ...texts(20, 'take:later')]));

    const [failure, ...more] = await failures();
    expect(more).toEqual([]);
    expect(failure?.key).toMatch(
      /^aws\/lambda\/a6f2c3d4-0000-4000-8000-000000000000\/shardId-000000000000\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/,
    );
    const record = failure?.record;
    expect(record).toMatchObject({
      requestContext: {
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:detector',
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 2,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      KinesisBatchInfo: { shardId: 'shardId-000000000000', batchSize: 1, streamArn: arnOf(stream) },
    });
    expect(record.KinesisBatchInfo.startSequenceNumber).toBe(record.KinesisBatchInfo.endSequenceNumber);
    expect(dataOf(record)).toEqual([Buffer.from(poison).toString('latin1')]);
    expect(events.filter((event) => event.type === 'batch-abandoned')).toEqual([
      {
        type: 'batch-abandoned',
        functionName: 'detector',
        records: 1,
        key: failure?.key,
        reason: 'RetryAttemptsExhausted: Error: poison',
      },
    ]);
    expect(mapping.counts()).toMatchObject({ processedRecords: 40, abandonedRecords: 1 });
    const { shards } = JSON.parse(await readFile(join(code, 'checkpoints.json'), 'utf8'));
    const last = JSON.parse(record.payload).Records[0].kinesis.sequenceNumber;
    expect(BigInt(shards['shardId-000000000000'].sequenceNumber)).toBeGreaterThan(BigInt(last));
  });

  it('has the whole rest of the batch given up if the template does not split', async () => {
    const stream = await newStream();
    await kinesis.put(stream, ['take:a', 'report:b', 'take:c']);
    const { mapping, taken, failures } = await start(stream, {
      BisectBatchOnFunctionError: false,
      MaximumRetryAttempts: 0,
    });
    await mapping.drain();
    expect(taken).toEqual(['take:a']);
    const [failure] = await failures();
    expect(dataOf(failure?.record)).toEqual(['report:b', 'take:c']);
    expect(failure?.record.responseContext).toEqual({ statusCode: 200, executedVersion: '$LATEST' });
  });

  it('holds the checkpoint back until the failed batch is safe', async () => {
    const stream = await newStream();
    await kinesis.put(stream, ['throw:a']);
    const blocked = await mkdtemp(join(folder, 'blocked-'));
    await writeFile(join(blocked, 'failures'), 'a file in the place of the bucket');
    const { mapping, events, code } = await start(stream, { MaximumRetryAttempts: 0 }, { s3Root: blocked });
    await vi.waitUntil(() => events.some((event) => event.type === 'notice'), { interval: 5 });
    const checkpointsNow = async () =>
      JSON.parse(await readFile(join(code, 'checkpoints.json'), 'utf8')).shards;
    expect(await checkpointsNow()).toEqual({});
    await rm(join(blocked, 'failures'));
    await mapping.drain();
    expect(Object.keys(await checkpointsNow())).toEqual(['shardId-000000000000']);
    expect(await readdir(join(blocked, 'failures'))).toEqual(['aws']);
  });

  it('gets a batch again if the whole runtime ended in the middle of it', async () => {
    const stream = await newStream();
    await kinesis.put(stream, ['take:a', 'once:hang-x', 'take:b']);
    const first = await start(stream);
    await vi.waitUntil(() => first.taken.length === 1, { interval: 5 });
    const stopping = first.mapping.stop();
    await first.fn.kill();
    await stopping;
    expect(first.mapping.counts()).toMatchObject({ processedRecords: 0, abandonedRecords: 0 });
    const checkpoints = await loadCheckpoints(join(first.code, 'checkpoints.json'));
    const second = await start(stream, { MaximumRetryAttempts: 5 }, { checkpoints });
    const drained = second.mapping.drain();
    await second.timeOut();
    await drained;
    expect(new Set(second.taken)).toEqual(new Set(['take:a', 'once:hang-x', 'take:b']));
  });
});

it('gets the records of parent shards before those of their children', async () => {
  const stream = await newStream();
  const { mapping, taken, code } = await start(stream, { MaximumBatchingWindowInSeconds: 300 });
  await kinesis.put(stream, texts(30, 'take:parent'), (text) => text);
  await kinesis.client.send(
    new SplitShardCommand({
      StreamName: stream,
      ShardToSplit: 'shardId-000000000000',
      NewStartingHashKey: (2n ** 127n).toString(),
    }),
  );
  await kinesis.put(stream, texts(30, 'take:child'), (text) => text);
  await mapping.drain();
  expect(taken.slice(0, 30)).toEqual(texts(30, 'take:parent'));
  expect([...taken.slice(30)].sort()).toEqual(texts(30, 'take:child').sort());
  const { shards } = JSON.parse(await readFile(join(code, 'checkpoints.json'), 'utf8'));
  expect(shards['shardId-000000000000']).toBe('SHARD_END');
});

describe('a mapping that is not run locally', () => {
  it.each([
    [{ FilterCriteria: { Filters: [{ Pattern: '{}' }] } }, /FilterCriteria is not run locally/],
    [{ TumblingWindowInSeconds: 30 }, /TumblingWindowInSeconds is not run locally/],
    [
      { DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:0:q' } } },
      /must be an S3 bucket/,
    ],
  ])('is refused with a sentence: %j', async (properties, message) => {
    const starting = start('nowhere', properties);
    await expect(starting).rejects.toThrow(message);
    await expect(starting).rejects.toThrow(SetupError);
  });
});
