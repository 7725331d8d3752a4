import { afterEach, describe, expect, it } from 'vitest';
import type { EventRecord } from '../../../../infra/emulator/event-source-mapping/event.ts';
import {
  type Lane,
  type LaneOptions,
  startLane,
} from '../../../../infra/emulator/event-source-mapping/lane.ts';
import type { InvocationResult } from '../../../../infra/emulator/lambda/function.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

const names = (records: readonly EventRecord[]) => records.map((record) => record.sequenceNumber).join('');
const record = (name: string, sinceMs = 0): EventRecord => {
  const json = JSON.stringify(name);
  const write = (target: Buffer, at: number) => at + target.write(json, at);
  return { sequenceNumber: name, partitionKey: 'k', arrivalMs: 0, sinceMs, bytes: json.length, write };
};
const ok = (payload = 'null'): InvocationResult => ({ status: 'ok', requestId: 'r', durationMs: 0, payload });
const failed: InvocationResult = {
  status: 'error',
  requestId: 'r',
  durationMs: 0,
  errorType: 'Error',
  errorMessage: 'no',
};

/** A lane in virtual time, which records what happens as lines. */
function start(options: Partial<LaneOptions> = {}, answer: (names: string) => InvocationResult = () => ok()) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  stops.push(stop);
  const story: string[] = [];
  const lane: Lane = startLane({
    batchSize: 3,
    windowMs: 0,
    maxAgeMs: Number.POSITIVE_INFINITY,
    bisect: false,
    maxRetries: 2,
    reportBatchItemFailures: true,
    clock,
    stopped: stop.signal,
    isFlushing: () => false,
    async invoke(event) {
      const batch = JSON.parse(event.toString()).Records.join('');
      story.push(`${clock.elapsed()} ${batch}`);
      return answer(batch);
    },
    onInvoked() {},
    onTaken() {},
    async onProcessed(records) {
      story.push(`ok ${names(records)}`);
    },
    async onAbandoned(records, condition, invocations) {
      story.push(`${condition} ${names(records)} after ${invocations}`);
    },
    ...options,
  });
  const at = (ms: number) => clock.advance(ms - clock.elapsed());
  return { lane, clock, story, stop, at };
}

describe('a lane', () => {
  it('invokes at once without a window, then takes together what came meanwhile', async () => {
    const { lane, story, at } = start();
    lane.push([record('a')]);
    await at(1);
    lane.push([...'bcde'].map((name) => record(name)));
    await at(2);
    expect(story).toEqual(['0 a', 'ok a', '1 bcd', 'ok bcd', '1 e', 'ok e']);
  });

  it('waits for its window unless the batch is full or it is told to flush', async () => {
    let flushing = false;
    const { lane, story, at } = start({ windowMs: 1000, isFlushing: () => flushing });
    await at(100);
    lane.push([record('a')]);
    await at(999);
    expect(story).toEqual([]);
    await at(1000);
    lane.push([...'bcd'].map((name) => record(name)));
    await at(1001);
    lane.push([record('e')]);
    await at(1500);
    expect(story).toEqual(['1000 a', 'ok a', '1000 bcd', 'ok bcd']);
    flushing = true;
    lane.wake();
    await at(1501);
    expect(story.slice(-2)).toEqual(['1500 e', 'ok e']);
  });

  it('backs off between retries, and lets nothing overtake the failing batch', async () => {
    const { lane, story, at } = start({}, (batch) => (batch === 'abc' ? failed : ok()));
    lane.push([...'abcd'].map((name) => record(name)));
    await at(60_000);
    const times = story.filter((line) => line.endsWith(' abc')).map((line) => Number(line.split(' ')[0]));
    expect(times).toHaveLength(3);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits[0]).toBeGreaterThanOrEqual(125);
    expect(waits[1]).toBeGreaterThanOrEqual(250);
    expect(story[3]).toBe('RetryAttemptsExhausted abc after 3');
    expect(story[4]).toMatch(/ d$/);
  });

  it('continues from the lowest failed record', async () => {
    const response = '{"batchItemFailures":[{"itemIdentifier":"c"},{"itemIdentifier":"b"}]}';
    const { lane, story, at } = start({}, (batch) => (batch === 'abc' ? ok(response) : ok()));
    lane.push([...'abc'].map((name) => record(name)));
    await at(5000);
    expect(story.map((line) => line.replace(/^\d+ /, ''))).toEqual(['abc', 'ok a', 'bc', 'ok bc']);
  });

  it('gives up only records that are too old, before and between attempts', async () => {
    const { lane, story, at } = start({ maxAgeMs: 60_000, maxRetries: Number.POSITIVE_INFINITY }, (batch) =>
      batch.includes('b') ? failed : ok(),
    );
    lane.push([record('a', -70_000), record('b', -50_000), record('c', 5_000_000)]);
    await at(120_000);
    expect(story[0]).toBe('RecordAgeExceeded a after 0');
    expect(story[1]).toBe('0 bc');
    expect(story.at(-3)).toMatch(/^RecordAgeExceeded b after \d+$/);
    expect(story.at(-2)).toMatch(/ c$/);
    expect(story.at(-1)).toBe('ok c');
  });

  it('splits in order: the records that come first in the stream are done first', async () => {
    const { lane, story, at } = start({ batchSize: 8, bisect: true, maxRetries: 0 }, (batch) =>
      batch.includes('b') ? failed : ok(),
    );
    lane.push([...'abcdefgh'].map((name) => record(name)));
    await at(1000);
    expect(story.filter((line) => !/^\d/.test(line))).toEqual([
      'ok a',
      'RetryAttemptsExhausted b after 1',
      'ok cd',
      'ok efgh',
    ]);
  });

  it('leaves records for the next start when it is stopped while it waits to retry', async () => {
    const { lane, story, stop, at } = start({}, () => failed);
    lane.push([record('a')]);
    await at(10);
    stop.abort();
    lane.wake();
    await lane.finished;
    expect(story).toEqual(['0 a']);
  });

  it('blames no record for an invocation that was ended by the stop', async () => {
    let end = (_: InvocationResult) => {};
    const { lane, story, stop, at } = start({
      maxRetries: 0,
      invoke: () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    });
    lane.push([record('a')]);
    await at(10);
    stop.abort();
    lane.wake();
    end(failed);
    await lane.finished;
    expect(story).toEqual([]);
  });
});
