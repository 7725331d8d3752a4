/** An event source mapping in virtual time: windows, ages and retries, whatever happens to the wall clock meanwhile. */

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import {
  type MappingCounts,
  startEventSourceMapping,
} from '../../../../infra/emulator/event-source-mapping/mapping.ts';
import type { InvocationResult, LambdaFunction } from '../../../../infra/emulator/lambda/function.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { ACTOR } from '../support/actor.ts';
import { createFakeStream } from '../support/fake-stream.ts';

const HOUR_MS = 3_600_000;
const STEPS = [0, -HOUR_MS, HOUR_MS];
const result = { requestId: 'r', durationMs: 0 };
const ok: InvocationResult = { ...result, status: 'ok', payload: 'null' };
const failed: InvocationResult = { ...result, status: 'error', errorType: 'Error', errorMessage: 'no' };

/** Records that the function was invoked with, joined; and when, in ms of elapsed time. */
type Invocation = [atMs: number, records: string];

async function start(
  properties: object,
  {
    answer = () => ok,
    beforeWrite = () => {},
  }: { answer?(records: string): InvocationResult; beforeWrite?(): void } = {},
) {
  const clock = new VirtualClock();
  const stream = createFakeStream(clock);
  const s3Root = await mkdtemp(join(tmpdir(), 'mapping-time-'));
  const invocations: Invocation[] = [];
  const givenUp: [atMs: number, reason: string][] = [];
  const saved: unknown[] = [];
  const bus = new EventBus();
  bus.on('event', (event) => {
    if (event.type === 'batch-abandoned') givenUp.push([clock.elapsed(), event.reason]);
  });
  const fn = {
    actor: ACTOR,
    ...{ name: 'detector', arn: 'arn:function', roleArn: 'arn:role' },
    async invoke(payload: string | Buffer) {
      const { Records } = JSON.parse(payload.toString()) as { Records: { kinesis: { data: string } }[] };
      const records = Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString()).join('');
      invocations.push([clock.elapsed(), records]);
      return answer(records);
    },
  } as LambdaFunction;
  const mapping = startEventSourceMapping({
    id: 'id',
    properties: {
      EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/any',
      FunctionName: 'detector',
      StartingPosition: 'TRIM_HORIZON',
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::failures' } },
      ...properties,
    },
    ...{ client: stream.client, fn, s3Root, bus, clock, beforeWrite },
    checkpoints: {
      startedAt: clock.now(),
      get: () => undefined,
      save: async (_, checkpoint) => void saved.push(checkpoint),
    },
  });
  onTestFinished(async () => {
    await mapping.stop();
    await rm(s3Root, { recursive: true });
  });
  const counts = (): Partial<MappingCounts> => mapping.counts();
  return { mapping, clock, stream, invocations, givenUp, saved, counts, s3Root };
}

const waits = (invocations: readonly Invocation[]) =>
  invocations.slice(1).map(([atMs], i) => atMs - (invocations[i]?.[0] ?? 0));

describe('the batching window', () => {
  it.each(STEPS)('ends when its time has passed, with the clock set by %d ms in the middle', async (by) => {
    const { clock, stream, invocations } = await start({ MaximumBatchingWindowInSeconds: 60 });
    stream.put('a');
    await clock.advance(30_000);
    clock.stepWall(by);
    stream.put('b');
    await clock.advance(29_999);
    expect(invocations).toEqual([]);
    await clock.advance(1);
    expect(invocations).toEqual([[60_000, 'ab']]);
    // The next window begins there, and the one after it when nothing came.
    await clock.advance(100_000);
    stream.put('c');
    await clock.advance(20_000);
    expect(invocations.slice(1)).toEqual([[180_000, 'c']]);
  });

  it('is not waited for by a full batch, nor while the stream is drained', async () => {
    const { mapping, clock, stream, invocations } = await start({
      MaximumBatchingWindowInSeconds: 300,
      BatchSize: 2,
    });
    stream.put('a');
    await clock.advance(1000);
    stream.put('b', 'c');
    await clock.advance(200);
    expect(invocations).toEqual([[1200, 'ab']]);
    await mapping.drain();
    expect(invocations).toEqual([
      [1200, 'ab'],
      [1200, 'c'],
    ]);
  });
});

describe('retries', () => {
  it.each(STEPS)('wait longer each time, up to 30 seconds, with the clock set by %d ms', async (by) => {
    const { clock, stream, invocations, givenUp } = await start(
      { MaximumRetryAttempts: 10 },
      { answer: () => failed },
    );
    stream.put('a', 'b');
    await clock.advance(10_000);
    clock.stepWall(by);
    await clock.advance(290_000);
    expect(invocations.map(([, records]) => records)).toEqual(Array(11).fill('ab'));
    const longest = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000];
    waits(invocations).forEach((waited, i) => {
      expect(waited).toBeGreaterThanOrEqual((longest[i] ?? 0) / 2);
      expect(waited).toBeLessThanOrEqual(longest[i] ?? 0);
    });
    expect(givenUp).toEqual([[invocations.at(-1)?.[0], 'RetryAttemptsExhausted: Error: no']]);
  });

  it('of a split batch come at once, only the poison waits', async () => {
    const { clock, stream, invocations, givenUp, counts } = await start(
      { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 2 },
      { answer: (records) => (records.includes('x') ? failed : ok) },
    );
    stream.put('a', 'b', 'x', 'd');
    await clock.advance(10_000);
    const [first, ...rest] = invocations;
    expect(invocations.map(([, records]) => records)).toEqual(['abxd', 'ab', 'xd', 'x', 'x', 'x', 'd']);
    expect(first?.[0]).toBe(0);
    const [ab, xd, x, second, third, d] = rest.map(([atMs]) => atMs) as number[];
    expect([ab, xd, x]).toEqual([0, 0, 0]);
    expect(second).toBeGreaterThanOrEqual(125);
    expect(third).toBeGreaterThanOrEqual((second ?? 0) + 250);
    expect(d).toBe(third);
    expect(givenUp).toHaveLength(1);
    expect(counts()).toMatchObject({ processedRecords: 3, abandonedRecords: 1 });
  });
});

describe('the age of a record', () => {
  it.each(STEPS)('counts while it is retried, with the clock set by %d ms', async (by) => {
    const { clock, stream, invocations, givenUp } = await start(
      { MaximumRecordAgeInSeconds: 60 },
      { answer: () => failed },
    );
    stream.put('old');
    await clock.advance(40_000);
    clock.stepWall(by);
    await clock.advance(80_000);
    expect(givenUp).toEqual([[expect.any(Number), 'RecordAgeExceeded: Error: no']]);
    // At the first attempt that would have come too late.
    expect(givenUp[0]?.[0]).toBeGreaterThan(60_000);
    expect(givenUp[0]?.[0]).toBeLessThanOrEqual((invocations.at(-1)?.[0] ?? 0) + 30_000);
    expect(invocations.at(-1)?.[0]).toBeLessThanOrEqual(60_000);
  });

  it('counts from its arrival, not from when it is read', async () => {
    const { clock, stream, invocations, givenUp } = await start({ MaximumRecordAgeInSeconds: 60 });
    await clock.advance(100);
    stream.put('old');
    clock.stepWall(60_000);
    await clock.advance(100);
    expect(invocations).toEqual([]);
    expect(givenUp).toEqual([[200, 'RecordAgeExceeded']]);
  });

  it('is none for one that comes from a future that was taken back', async () => {
    const { clock, stream, invocations } = await start({ MaximumRecordAgeInSeconds: 60 });
    await clock.advance(100);
    stream.put('young');
    clock.stepWall(-HOUR_MS);
    await clock.advance(100);
    expect(invocations).toEqual([[200, 'young']]);
  });
});

it('a failure bucket that cannot be written is tried again, up to every ten seconds, and holds the checkpoint', async () => {
  const triedMs: number[] = [];
  const { clock, stream, s3Root, saved } = await start(
    { MaximumRetryAttempts: 0 },
    {
      answer: (records) => (records === 'x' ? failed : ok),
      beforeWrite: () => void triedMs.push(clock.elapsed()),
    },
  );
  await writeFile(join(s3Root, 'failures'), 'a file in the place of the bucket');
  stream.put('x');
  await clock.advance(60_000);
  stream.put('after it');
  [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000].forEach((longest, i) => {
    const waited = (triedMs[i + 1] ?? 0) - (triedMs[i] ?? 0);
    expect(waited).toBeGreaterThanOrEqual(longest / 2);
    expect(waited).toBeLessThanOrEqual(longest);
  });
  expect(saved).toEqual([]);
  await rm(join(s3Root, 'failures'));
  await clock.advance(10_000);
  expect(await readdir(join(s3Root, 'failures'))).toEqual(['aws']);
  expect(saved).toEqual([{ sequenceNumber: '1' }, { sequenceNumber: '2' }]);
});
