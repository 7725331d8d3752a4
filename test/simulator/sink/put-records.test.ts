import { describe, expect, it } from 'vitest';
import {
  type Put,
  type PutEntry,
  PutRecordsSink,
  type PutResult,
} from '../../../simulator/sink/put-records.ts';
import type { PackedRecord } from '../../../simulator/wire.ts';
import { FakeClock } from '../support/fake-clock.ts';

const ACKED: PutResult = { outcome: 'acked', sequenceNumber: '1', shardId: 'shard' };
const THROTTLED: PutResult = {
  outcome: 'throttled',
  reason: 'ProvisionedThroughputExceededException: slow down',
};
const ERROR: PutResult = { outcome: 'error', reason: 'InternalFailure: try again' };

const START_MS = 1_000_000;

const textOf = (entry: PutEntry) => Buffer.from(entry.data).toString();

/** A stream that answers each entry as told, and records what it accepted and what it was sent. */
class FakeStream {
  readonly calls: string[][] = [];
  readonly stored: string[] = [];
  private readonly answer: (text: string, attempt: number) => PutResult;
  private readonly attempts = new Map<string, number>();

  constructor(answer: (text: string, attempt: number) => PutResult = () => ACKED) {
    this.answer = answer;
  }

  put: Put = async (entries) => {
    this.calls.push(entries.map(textOf));
    await Promise.resolve();
    return entries.map((entry) => {
      const text = textOf(entry);
      const attempt = (this.attempts.get(text) ?? 0) + 1;
      this.attempts.set(text, attempt);
      const result = this.answer(text, attempt);
      if (result.outcome === 'acked') this.stored.push(text);
      return result;
    });
  };
}

const record = (siteId: string, text: string, lines = 1): PackedRecord => ({
  siteId,
  text,
  lines,
  dueMs: START_MS,
});

function setUp(stream: FakeStream, random = () => 0.5) {
  const clock = new FakeClock(START_MS);
  const sink = new PutRecordsSink(stream.put, clock, random);
  const send = (...records: PackedRecord[]) => {
    for (const one of records) sink.push(one);
    return sink.close();
  };
  return { clock, sink, send };
}

describe('PutRecords', () => {
  it('sends records of many sites in one call, but never two of one site', async () => {
    const stream = new FakeStream();
    const { sink, send } = setUp(stream);
    await send(record('a', 'a1', 3), record('a', 'a2', 2), record('b', 'b1', 1), record('c', 'c1', 1));
    expect(stream.calls).toEqual([['a1', 'b1', 'c1'], ['a2']]);
    expect(sink.counts).toEqual({
      readings: { sent: 7, acked: 7, failed: 0 },
      records: { sent: 4, acked: 4, failed: 0, retried: 0, throttled: 0, errors: 0 },
      bytes: 8,
      payloadUnits: 4,
    });
  });

  it('sends again only what failed', async () => {
    const stream = new FakeStream((text, attempt) => (text === 'b1' && attempt < 3 ? ERROR : ACKED));
    const { sink, send } = setUp(stream);
    await send(record('a', 'a1'), record('b', 'b1'), record('c', 'c1'));
    expect(stream.calls).toEqual([['a1', 'b1', 'c1'], ['b1'], ['b1']]);
    expect(sink.counts.records).toEqual({
      sent: 3,
      acked: 3,
      failed: 0,
      retried: 2,
      throttled: 0,
      errors: 2,
    });
  });

  it('lets no record overtake a failed earlier one of its site, and holds up no other site', async () => {
    const stream = new FakeStream((text, attempt) => (text === 'a1' && attempt < 4 ? ERROR : ACKED));
    const { send } = setUp(stream);
    await send(record('a', 'a1'), record('a', 'a2'), record('b', 'b1'), record('b', 'b2'), record('a', 'a3'));
    expect(stream.stored).toEqual(['b1', 'b2', 'a1', 'a2', 'a3']);
  });

  it('keeps the order of every site under random failures', async () => {
    let state = 7;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const stream = new FakeStream(() => (random() < 0.3 ? (random() < 0.5 ? ERROR : THROTTLED) : ACKED));
    const { sink, send } = setUp(stream, random);
    const sent = Array.from({ length: 600 }, (_, i) => record(`site-${i % 7}`, `${i % 7}:${i}`));
    await send(...sent);
    for (let site = 0; site < 7; site++) {
      const order = stream.stored
        .filter((text) => text.startsWith(`${site}:`))
        .map((text) => Number(text.slice(2)));
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
    const { records } = sink.counts;
    expect(records.acked + records.failed).toBe(600);
    expect(records.retried + records.failed).toBe(records.throttled + records.errors);
    expect(stream.stored).toHaveLength(records.acked);
  });

  it('waits longer after each failure, up to a limit, with full jitter', async () => {
    const times: number[] = [];
    const stream = new FakeStream((_, attempt) => (attempt < 12 ? THROTTLED : ACKED));
    const clock = new FakeClock(START_MS);
    const sink = new PutRecordsSink(
      (entries) => {
        times.push(clock.now());
        return stream.put(entries);
      },
      clock,
      () => 1,
    );
    sink.push(record('a', 'a1'));
    await sink.close();
    const waits = times.slice(1).map((time, i) => time - (times[i] as number));
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 5000]);
  });

  it('gives up a record that fails for a minute, counts its readings, and goes on', async () => {
    const stream = new FakeStream((text) => (text === 'bad' ? ERROR : ACKED));
    const { sink, send, clock } = setUp(stream);
    await send(record('a', 'bad', 100), record('a', 'good', 20));
    const tries = stream.calls.filter(([text]) => text === 'bad').length;
    expect(clock.now() - START_MS).toBe(60_000);
    expect(tries).toBeLessThan(40);
    expect(stream.stored).toEqual(['good']);
    expect(sink.counts.readings).toEqual({ sent: 120, acked: 20, failed: 100 });
    expect(sink.counts.records).toEqual({
      sent: 2,
      acked: 1,
      failed: 1,
      retried: tries - 1,
      throttled: 0,
      errors: tries,
    });
    expect(sink.lastError).toBe('InternalFailure: try again');
    expect(sink.fatal).toBeUndefined();
  });

  it('sends what is throttled until it is accepted, however often that takes', async () => {
    const stream = new FakeStream((_, attempt) => (attempt < 100 ? THROTTLED : ACKED));
    const { sink, clock } = setUp(stream);
    sink.push(record('a', 'a1', 50));
    sink.flush();
    while (sink.counts.records.acked === 0) await clock.sleep(1000);
    expect(sink.counts.readings).toEqual({ sent: 50, acked: 50, failed: 0 });
    expect(sink.counts.records).toMatchObject({ retried: 99, throttled: 99, errors: 0 });
  });

  it('gives up on a stream that accepts nothing for half a minute after the end of the run', async () => {
    const { sink, send, clock } = setUp(new FakeStream(() => THROTTLED));
    await send(record('a', 'a1', 5), record('a', 'a2', 5));
    expect(clock.now() - START_MS).toBeGreaterThan(30_000);
    expect(clock.now() - START_MS).toBeLessThan(60_000);
    expect(sink.counts.readings).toEqual({ sent: 10, acked: 0, failed: 10 });
  });

  it('is full when 2,000 records wait, until some have gone', async () => {
    let open = false;
    const stream = new FakeStream(() => (open ? ACKED : THROTTLED));
    const { sink } = setUp(stream);
    for (let i = 0; i < 2000; i++) sink.push(record('a', `${i}`));
    expect(sink.full).toBe(true);
    sink.flush();
    open = true;
    await sink.whenWritable();
    expect(sink.full).toBe(false);
    await sink.close();
    expect(sink.counts.records.acked).toBe(2000);
  });

  it('stops at once if nothing can ever succeed, and counts everything that waits as failed', async () => {
    const stream = new FakeStream(() => ({ outcome: 'fatal', reason: 'Your credentials have expired.' }));
    const { sink, send } = setUp(stream);
    await send(record('a', 'a1', 10), record('a', 'a2', 10), record('b', 'b1', 10));
    sink.push(record('b', 'b2', 10));
    expect(stream.calls).toHaveLength(1);
    expect(sink.fatal?.message).toBe('Your credentials have expired.');
    expect(sink.counts.readings).toEqual({ sent: 40, acked: 0, failed: 40 });
  });

  it('sends no more than 500 records and 4 MiB in a call', async () => {
    const many = new FakeStream();
    const one = setUp(many);
    await one.send(...Array.from({ length: 1200 }, (_, i) => record(`site-${i}`, `${i}`)));
    expect(many.calls.map((call) => call.length)).toEqual([500, 500, 200]);

    const large = new FakeStream();
    const two = setUp(large);
    const text = 'x'.repeat(1024 * 1024);
    await two.send(...Array.from({ length: 15 }, (_, i) => record(`site-${i}`, text)));
    expect(large.calls.map((call) => call.length)).toEqual([3, 3, 3, 3, 3]);
  });

  it('measures latency from when a record was due, so waiting behind a failed one counts', async () => {
    const stream = new FakeStream((text, attempt) => (text === 'a1' && attempt < 3 ? ERROR : ACKED));
    const { sink, send } = setUp(stream, () => 1);
    await send(record('a', 'a1'), record('a', 'a2'));
    // Both were due at the start; the second could only be sent after the first, after 100 + 200 ms.
    expect(sink.fromScheduleMs.quantile(0)).toBeCloseTo(300, -1);
    expect(sink.fromScheduleMs.max).toBe(300);
    expect(sink.callMs.max).toBeLessThan(10);
  });
});
