import { describe, expect, it } from 'vitest';
import { buildReport, exitCode } from '../../../simulator/cli/report.ts';
import { type RunState, run } from '../../../simulator/cli/run.ts';
import { finalReport, liveLine } from '../../../simulator/cli/screen.ts';
import { Fleet, type FleetOptions } from '../../../simulator/fleet.ts';
import { type Put, PutRecordsSink } from '../../../simulator/sink/put-records.ts';
import { noCounts } from '../../../simulator/sink/sink.ts';
import { noFaults } from '../../../simulator/transport.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** A stream that accepts `perSecond` records of each site a second and throttles the rest, as a shard does. */
function shard(clock: FakeClock, perSecond: number): Put {
  let second = 0;
  let taken = new Map<string, number>();
  return async (entries) => {
    await Promise.resolve();
    const now = Math.floor(clock.now() / 1000);
    if (now !== second) taken = new Map();
    second = now;
    return entries.map(({ partitionKey }) => {
      const count = taken.get(partitionKey) ?? 0;
      taken.set(partitionKey, count + 1);
      return count < perSecond
        ? { outcome: 'acked', sequenceNumber: '1', shardId: 'shard' }
        : { outcome: 'throttled', reason: 'ProvisionedThroughputExceededException: Rate exceeded' };
    });
  };
}

function setUp(options: Partial<FleetOptions>, makePut: (clock: FakeClock) => Put) {
  const clock = new FakeClock();
  const sink = new PutRecordsSink(makePut(clock), clock, () => 0.5);
  const fleet = new Fleet({ seed: 1, devices: 100, devicesPerSite: 100, intervalMs: 100, ...options });
  const state: RunState = { startMs: clock.now(), nextDueMs: 0, maxLagMs: 0 };
  const stop = new AbortController();
  const done = run({ source: fleet, sink, clock, stop: stop.signal, state });
  const report = () =>
    buildReport({
      ...{ target: 'stream', source: fleet.counts, sink, state, nowMs: clock.now() },
      ...{ timings: sink, error: sink.fatal?.message, unwritten: [] },
    });
  return { clock, sink, state, stop, done, report };
}

describe('a run', () => {
  it('keeps its schedule while the stream keeps up', async () => {
    const { done, report, clock, state } = setUp({ durationMs: 60_000 }, (c) => shard(c, 1000));
    await done;
    expect(report()).toMatchObject({ made: 60_000, sent: 60_000, acked: 60_000, failed: 0 });
    expect(clock.now() - state.startMs).toBeLessThan(60_100);
    expect(state.maxLagMs).toBeLessThan(100);
  });

  it.each([-3_600_000, 3_600_000])('goes on at its rate when the clock is set by %d ms', async (by) => {
    const dates: number[] = [];
    const { done, report, clock, state } = setUp({ durationMs: 60_000, devices: 10 }, (c) => {
      const put = shard(c, 1000);
      return async (entries) => {
        for (const { data } of entries) {
          const [first] = Buffer.from(data).toString().split('\n', 1);
          dates.push(Date.parse(JSON.parse(first ?? '').timestamp));
        }
        return put(entries);
      };
    });
    const startMs = clock.now();
    await clock.sleep(30_000);
    clock.step(by);
    await done;
    expect(report()).toMatchObject({ made: 6000, acked: 6000, failed: 0 });
    expect(clock.elapsed() - startMs).toBeLessThan(60_100);
    expect(state.maxLagMs).toBeLessThan(100);
    expect(report().seconds).toBeCloseTo(60, 0);
    // Dated by the clock that was set.
    expect(dates.at(-1)).toBeGreaterThan(startMs + by + 59_000);
    expect(dates.at(-1)).toBeLessThan(startMs + by + 60_100);
  });

  it('goes no faster than a stream that throttles, shows its lag, and loses nothing', async () => {
    // For 500 s, 10 records a second are due and 5 accepted: the fleet has to wait once 2,000 records are waiting.
    const { done, report, clock, state } = setUp({ devices: 10, durationMs: 500_000 }, (c) => shard(c, 5));
    await done;
    const result = report();
    expect(result).toMatchObject({ made: 50_000, sent: 50_000, acked: 50_000, failed: 0 });
    expect(result.records.throttled).toBeGreaterThan(100);
    expect(result.records.retried).toBe(result.records.throttled);
    expect(clock.now() - state.startMs).toBeGreaterThan(990_000);
    expect(state.maxLagMs).toBeGreaterThan(50_000);
    // Corrected for coordinated omission: the median reading waited for minutes, although calls took no time.
    expect(result.putRecords?.fromScheduleMs.p50).toBeGreaterThan(100_000);
    expect(result.putRecords?.callMs.max).toBeLessThan(10);
    expect(exitCode(result)).toBe(0);
  });

  it('stops making readings when it is told to, and delivers those that it has made', async () => {
    const { done, report, clock, stop } = setUp({}, (c) => shard(c, 1000));
    await clock.sleep(5000);
    stop.abort();
    await done;
    const result = report();
    expect(result.made).toBeGreaterThan(4000);
    expect(result.acked).toBe(result.made);
  });

  it('also delivers what the transport faults held back', async () => {
    const faults = { ...noFaults(), late: 1 };
    const { done, report } = setUp({ faults, count: 300 }, (c) => shard(c, 1000));
    await done;
    expect(report()).toMatchObject({ made: 300, sent: 300, acked: 300 });
  });

  it('ends at once with the reason if nothing can be sent any more', async () => {
    const { done, report } = setUp(
      {},
      () => async (entries) => entries.map(() => ({ outcome: 'fatal', reason: 'Not allowed.' })),
    );
    await done;
    const result = report();
    expect(result).toMatchObject({ acked: 0, failed: 100, error: 'Not allowed.' });
    expect(exitCode(result)).toBe(1);
    expect(finalReport(result)).toMatch(/\nStopped: Not allowed\.\n$/);
  });

  it('exits with 1 if readings were given up', async () => {
    const { done, report } = setUp(
      { count: 100 },
      () => async (entries) => entries.map(() => ({ outcome: 'error', reason: 'InternalFailure: no' })),
    );
    await done;
    expect(report()).toMatchObject({ sent: 100, acked: 0, failed: 100, error: undefined });
    expect(exitCode(report())).toBe(1);
    expect(finalReport(report())).toContain('Last problem  InternalFailure: no');
  });
});

describe('the screen', () => {
  it('says what was asked for and did not happen', async () => {
    const { done, report } = setUp({ count: 100 }, (c) => shard(c, 1000));
    await done;
    const whole = report();
    expect(finalReport(whole)).not.toMatch(/Not injected|Incomplete/);
    const text = finalReport({ ...whole, unbegun: 2, unwritten: ['Cannot write t.ndjson: ENOSPC'] });
    expect(text).toContain('Not injected  2 anomalies: the run ended before\n');
    expect(text).toContain('Incomplete: Cannot write t.ndjson: ENOSPC\n');
    expect(exitCode({ ...whole, unbegun: 2 })).toBe(0);
    expect(exitCode({ ...whole, unwritten: ['x'] })).toBe(1);
  });

  it('keeps to 80 columns, and says that the stream slows the fleet down', async () => {
    const { done, report, state } = setUp({ count: 500 }, (c) => shard(c, 1));
    await done;
    for (const text of finalReport(report()).split('\n')) expect(text.length).toBeLessThanOrEqual(80);
    const counts = noCounts();
    counts.readings = { sent: 500_000, acked: 499_900, failed: 0 };
    counts.records = { sent: 5000, acked: 4999, failed: 0, retried: 2345, throttled: 2346, errors: 0 };
    const line = liveLine(counts, { ...state, nextDueMs: 0 }, state.startMs + 556_000, 1234.5, true);
    expect(line.length).toBeLessThan(80);
    expect(line).toMatch(
      /^556 s +sent 500k +acked 500k +1\.23k\/s +retried 2\.35k +THROTTLED 2\.35k +lag 556 s$/,
    );
  });
});
