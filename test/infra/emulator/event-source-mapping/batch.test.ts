import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../infra/emulator/base/clock.ts';
import {
  countExpired,
  MAX_EVENT_BYTES,
  nextBatch,
  nextStep,
  type RetryPolicy,
  verdictOf,
  windowEnd,
} from '../../../../infra/emulator/event-source-mapping/batch.ts';
import {
  type EventRecord,
  eventOf,
  toEventRecord,
} from '../../../../infra/emulator/event-source-mapping/event.ts';
import { trackProgress } from '../../../../infra/emulator/event-source-mapping/progress.ts';
import type { InvocationResult } from '../../../../infra/emulator/lambda/function.ts';
import { anyText } from '../../../support/any-text.ts';

const asJson = (json: string) => ({
  bytes: json.length,
  write: (target: Buffer, at: number) => at + target.write(json, at),
});

function records(count: number, overrides: (index: number) => Partial<EventRecord> = () => ({})) {
  return Array.from({ length: count }, (_, index) => {
    const record = { sequenceNumber: `${100 + index}`, partitionKey: 'k', arrivalMs: 0, sinceMs: 0 };
    return { ...record, ...asJson(`{"n":${index}}`), ...overrides(index) };
  });
}
const ok = (response: unknown): InvocationResult => ({
  status: 'ok',
  requestId: 'r',
  durationMs: 1,
  payload: JSON.stringify(response) ?? 'null',
});
const thrown: InvocationResult = {
  status: 'error',
  requestId: 'r',
  durationMs: 1,
  errorType: 'Error',
  errorMessage: 'no',
};

it('makes the event that Lambda documents', () => {
  const data = new TextEncoder().encode('xHello, this is a test.').subarray(1);
  const record = { sequenceNumber: '495903', partitionKey: '1', data, arrivalMs: 1545084650987 };
  const source = {
    streamArn: 'arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream',
    region: 'us-east-2',
    roleArn: 'arn:aws:iam::123456789012:role/lambda-role',
  };
  const event = eventOf([toEventRecord('shardId-000000000006', record, source, systemClock)]);
  expect(JSON.parse(event.toString())).toEqual({
    Records: [
      {
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: '1',
          sequenceNumber: '495903',
          data: 'SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==',
          approximateArrivalTimestamp: 1545084650.987,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: 'shardId-000000000006:495903',
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: 'arn:aws:iam::123456789012:role/lambda-role',
        awsRegion: 'us-east-2',
        eventSourceARN: 'arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream',
      },
    ],
  });
});

it('knows the length of a record in an event before it is made', () => {
  const source = { streamArn: 'arn:stream', region: 'us-east-2', roleArn: 'arn:role' };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), anyText(), (data, partitionKey) => {
      const record = { sequenceNumber: '495903', partitionKey, data, arrivalMs: 1545084650987 };
      const one = toEventRecord('shardId-000000000006', record, source, systemClock);
      const target = Buffer.alloc(one.bytes + 1);
      expect(one.write(target, 1)).toBe(one.bytes + 1);
      const { kinesis } = JSON.parse(target.toString('utf8', 1));
      expect(kinesis.partitionKey).toBe(partitionKey);
      expect(Buffer.from(kinesis.data, 'base64')).toEqual(Buffer.from(data));
      const { Records } = JSON.parse(eventOf([one, one]).toString());
      expect(Records.map((each: { kinesis: object }) => each.kinesis)).toEqual([kinesis, kinesis]);
    }),
  );
});

describe('the next batch', () => {
  it('is full at the batch size, and not before', () => {
    expect(nextBatch(records(9), 10)).toEqual({ count: 9, full: false });
    expect(nextBatch(records(10), 10)).toEqual({ count: 10, full: true });
    expect(nextBatch(records(11), 10)).toEqual({ count: 10, full: true });
    expect(nextBatch([], 10)).toEqual({ count: 0, full: false });
  });

  it('never makes an event above 6 MB', () => {
    const json = `"${'x'.repeat(1_000_000)}"`;
    const heavy = records(10, () => asJson(json));
    const { count, full } = nextBatch(heavy, 10);
    expect(full).toBe(true);
    expect(eventOf(heavy.slice(0, count)).length).toBeLessThanOrEqual(MAX_EVENT_BYTES);
    expect(eventOf(heavy.slice(0, count + 1)).length).toBeGreaterThan(MAX_EVENT_BYTES);
  });

  it('waits for the window that began with the last invocation', () => {
    expect(windowEnd(0, 500, 0)).toBe(500);
    expect(windowEnd(1000, 1200, 5000)).toBe(6000);
    expect(windowEnd(1000, 900, 5000)).toBe(6000);
    expect(windowEnd(1000, 14_000, 5000)).toBe(16_000);
  });
});

it('finds records that are too old only at the front of a batch', () => {
  const aged = records(4, (index) => ({ sinceMs: index * 1000 }));
  expect(countExpired(aged, 60_000, 61_500)).toBe(2);
  expect(countExpired(aged, 60_000, 60_000)).toBe(0);
  expect(countExpired(aged, 60_000, 99_000)).toBe(4);
  expect(countExpired(aged, Number.POSITIVE_INFINITY, 1e15)).toBe(0);
});

describe('the verdict on a response', () => {
  const batch = records(5);
  const failures = (...identifiers: unknown[]) =>
    ok({ batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) });

  it.each([
    ['null', ok(null)],
    ['nothing', ok(undefined)],
    ['an empty object', ok({})],
    ['a null list', ok({ batchItemFailures: null })],
    ['an empty list', ok({ batchItemFailures: [] })],
  ])('is success for %s', (_, response) => {
    expect(verdictOf(response, batch, true)).toEqual({ ok: true });
  });

  it.each([
    ['an empty identifier', failures('')],
    ['a null identifier', failures(null)],
    ['an identifier that is not in the batch', failures('103', '999')],
    ['a wrong key', ok({ batchItemFailures: [{ itemId: '103' }] })],
    ['a list of strings', ok({ batchItemFailures: ['103'] })],
    ['a list of nulls', ok({ batchItemFailures: [null] })],
    ['no list', ok({ batchItemFailures: '103' })],
    ['text', ok('done')],
    ['an error', thrown],
  ])('is failure of the whole batch for %s', (_, response) => {
    expect(verdictOf(response, batch, true)).toMatchObject({ ok: false, from: 0 });
  });

  it('is a failure from the lowest sequence number on, whatever the order', () => {
    expect(verdictOf(failures('104', '102', '103'), batch, true)).toMatchObject({ ok: false, from: 2 });
  });

  it('reads the response only if the mapping says so', () => {
    expect(verdictOf(failures('102'), batch, false)).toEqual({ ok: true });
    expect(verdictOf(thrown, batch, false)).toMatchObject({ ok: false, from: 0 });
  });
});

describe('the step after a failure', () => {
  const failedFrom = (from: number) => ({ ok: false as const, from, reason: '' });
  const names = (step: ReturnType<typeof nextStep>) => ({
    processed: step.processed,
    next: step.next.map((b) => [b.records.map((r) => Number(r.sequenceNumber) - 100).join(''), b.retries]),
    abandoned: step.abandoned.length,
  });

  it.each<[string, RetryPolicy, number, number, object]>([
    [
      'tries the whole batch again',
      { bisect: false, maxRetries: 2 },
      1,
      0,
      { processed: 0, next: [['01234', 2]], abandoned: 0 },
    ],
    [
      'gives the whole batch up',
      { bisect: false, maxRetries: 2 },
      2,
      0,
      { processed: 0, next: [], abandoned: 5 },
    ],
    [
      'tries the rest again, which counts',
      { bisect: false, maxRetries: 2 },
      0,
      3,
      { processed: 3, next: [['34', 1]], abandoned: 0 },
    ],
    ['gives the rest up', { bisect: false, maxRetries: 0 }, 0, 3, { processed: 3, next: [], abandoned: 2 }],
    [
      'halves, which does not count',
      { bisect: true, maxRetries: 0 },
      0,
      0,
      {
        processed: 0,
        next: [
          ['012', 0],
          ['34', 0],
        ],
        abandoned: 0,
      },
    ],
    [
      'cuts where the function says',
      { bisect: true, maxRetries: 0 },
      0,
      3,
      { processed: 3, next: [['34', 0]], abandoned: 0 },
    ],
  ])('%s', (_, policy, retries, from, expected) => {
    expect(names(nextStep({ records: records(5), retries }, failedFrom(from), policy))).toEqual(expected);
  });

  it('counts retries of a single record, split or not', () => {
    const policy = { bisect: true, maxRetries: 1 };
    expect(names(nextStep({ records: records(1), retries: 0 }, failedFrom(0), policy))).toEqual({
      processed: 0,
      next: [['0', 1]],
      abandoned: 0,
    });
    expect(nextStep({ records: records(1), retries: 1 }, failedFrom(0), policy).abandoned).toHaveLength(1);
  });

  it('isolates every poison record by splitting, in order, whatever the function reports', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
        fc.boolean(),
        fc.nat(3),
        (poison, reports, maxRetries) => {
          const isPoison = (record: EventRecord) => poison[Number(record.sequenceNumber) - 100];
          const [processed, abandoned, seen]: [EventRecord[], EventRecord[], EventRecord[]] = [[], [], []];
          const all: readonly EventRecord[] = records(poison.length);
          let batches = [{ records: all, retries: 0 }];
          let invocations = 0;
          for (let batch = batches.shift(); batch; batch = batches.shift()) {
            invocations += 1;
            expect(invocations).toBeLessThanOrEqual(poison.length * (maxRetries + 3));
            const bad = batch.records.filter(isPoison).map((r) => ({ itemIdentifier: r.sequenceNumber }));
            const result = reports ? ok({ batchItemFailures: bad }) : bad.length > 0 ? thrown : ok(null);
            const step = nextStep(batch, verdictOf(result, batch.records, true), {
              bisect: true,
              maxRetries,
            });
            processed.push(...batch.records.slice(0, step.processed));
            abandoned.push(...step.abandoned);
            seen.push(...batch.records.slice(0, step.processed), ...step.abandoned);
            batches = [...step.next, ...batches];
          }
          expect(seen).toEqual(all);
          expect(abandoned).toEqual(all.filter(isPoison));
          expect(processed).toEqual(all.filter((record) => !isPoison(record)));
        },
      ),
    );
  });
});

describe('the progress of a shard', () => {
  it('moves only past records with nothing open before them', async () => {
    const saved: string[] = [];
    const progress = trackProgress(async (sequenceNumber) => void saved.push(sequenceNumber));
    const [a, b, c, d] = records(4).map((record) => [record]);
    if (!a || !b || !c || !d) throw new Error('Expected four');
    progress.add([...a, ...b, ...c]);
    const settled = progress.settled();
    progress.add(d);
    await progress.finish(b);
    expect(saved).toEqual([]);
    await progress.finish(a);
    expect(saved).toEqual(['101']);
    await progress.finish(c);
    expect(saved).toEqual(['101', '102']);
    await settled;
    await progress.finish(d);
    await progress.settled();
    expect(saved.at(-1)).toBe('103');
  });

  it('is settled when the checkpoint is saved, and not before', async () => {
    let write = () => {};
    const progress = trackProgress(
      () =>
        new Promise((resolve) => {
          write = resolve;
        }),
    );
    const all = records(2);
    progress.add(all);
    let settled = false;
    const waiting = progress.settled().then(() => {
      settled = true;
    });
    const finishing = progress.finish(all);
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    write();
    await Promise.all([finishing, waiting]);
  });
});
