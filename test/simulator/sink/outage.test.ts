import { describe, expect, it } from 'vitest';
import { run } from '../../../simulator/cli/run.ts';
import { Fleet } from '../../../simulator/fleet.ts';
import { type PutEntry, PutRecordsSink, type PutResult } from '../../../simulator/sink/put-records.ts';
import type { PackedRecord } from '../../../simulator/wire.ts';
import { parsed } from '../../support/parsed.ts';
import { FakeClock } from '../support/fake-clock.ts';

const ACKED: PutResult = { outcome: 'acked', sequenceNumber: '1', shardId: 'shard' };
const AWAY: PutResult = { outcome: 'unreachable', reason: 'Cannot reach it (ECONNREFUSED).' };
const RETRY_MS = 60_000;

const record = (siteId: string, text: string): PackedRecord => ({ siteId, text, lines: 1, dueMs: 0 });

/** An endpoint that is away at some times, elapsed ms. `besides`: calls in flight beside one that asks for it. */
function setUp(isAway: (elapsedMs: number) => boolean, latencyMs = 0) {
  const clock = new FakeClock(0);
  const calls: { atMs: number; texts: string[] }[] = [];
  const stored: string[] = [];
  const said: string[] = [];
  let inFlight = 0;
  let besides = 0;
  const put = async (entries: PutEntry[]): Promise<PutResult[]> => {
    const texts = entries.map(({ data }) => Buffer.from(data).toString());
    const away = isAway(clock.elapsed());
    calls.push({ atMs: clock.elapsed(), texts });
    inFlight++;
    if (sink.full) besides = Math.max(besides, inFlight - 1);
    await (latencyMs > 0 ? clock.sleep(latencyMs) : Promise.resolve());
    inFlight--;
    if (!away) stored.push(...texts);
    return entries.map(() => (away ? AWAY : ACKED));
  };
  const sink = new PutRecordsSink(put, clock, () => 1, {
    retryForMs: RETRY_MS,
    onAway: (reason) => said.push(`away: ${reason}`),
    onBack: (afterMs) => said.push(`back after ${afterMs} ms`),
  });
  return { clock, sink, calls, stored, said, besides: () => besides };
}

describe('an endpoint that is away', () => {
  it('is asked by one call at a time, ever less often, and said to be away and back once', async () => {
    const { sink, calls, stored, said } = setUp((ms) => ms < 9000);
    for (let i = 0; i < 1300; i++) sink.push(record(`site-${i}`, `${i}`));
    await sink.close();
    const times = calls.filter(({ atMs }) => atMs < 9000).map(({ atMs }) => atMs);
    // Two calls were in flight when it went; from then on it is one, after 100, 200, 400 ms and so on.
    expect(times).toEqual([0, 0, 100, 300, 700, 1500, 3100, 6300]);
    expect(said).toEqual(['away: Cannot reach it (ECONNREFUSED).', 'back after 11300 ms']);
    expect(new Set(stored).size).toBe(1300);
    expect(stored).toHaveLength(1300);
    const { records } = sink.counts;
    expect(records).toMatchObject({ sent: 1300, acked: 1300, failed: 0, throttled: 0 });
    expect(records.retried).toBe(records.errors);
  });

  it('has no other call in flight while one asks for it, though each hangs for a while', async () => {
    const { sink, besides, said } = setUp((ms) => ms < 30_000, 700);
    for (let i = 0; i < 1900; i++) sink.push(record(`site-${i}`, `${i}`));
    await sink.close();
    expect(said).toHaveLength(2);
    expect(besides()).toBe(0);
    expect(sink.counts.records.acked).toBe(1900);
  });

  it('is not worth a word when it is over at once', async () => {
    const { sink, said } = setUp((ms) => ms % 5000 < 600);
    for (let i = 0; i < 100; i++) sink.push(record('a', `${i}`));
    await sink.close();
    expect(sink.counts.records).toMatchObject({ acked: 100, failed: 0 });
    expect(sink.counts.records.errors).toBeGreaterThan(2);
    expect(said).toEqual([]);
  });

  it('is not over because a call from before is answered', async () => {
    const clock = new FakeClock(0);
    const said: string[] = [];
    let calls = 0;
    // The first call hangs for five seconds and is answered; all others are refused for half a minute.
    const put = async (entries: PutEntry[]): Promise<PutResult[]> => {
      const first = calls++ === 0;
      const away = !first && clock.elapsed() < 30_000;
      if (first) await clock.sleep(5000);
      return entries.map(() => (away ? AWAY : ACKED));
    };
    const sink = new PutRecordsSink(put, clock, () => 1, {
      onAway: () => said.push('away'),
      onBack: () => said.push('back'),
    });
    for (let i = 0; i < 700; i++) sink.push(record(`site-${i}`, `${i}`));
    await sink.close();
    expect(said).toEqual(['away', 'back']);
    expect(sink.counts.records.acked).toBe(700);
  });

  it('keeps every site in order, whatever was in flight', async () => {
    const { sink, stored } = setUp((ms) => ms % 7000 > 3000);
    for (let i = 0; i < 1000; i++) sink.push(record(`site-${i % 5}`, `${i % 5}:${i}`));
    sink.flush();
    await sink.close();
    for (let site = 0; site < 5; site++) {
      const order = stored.filter((text) => text.startsWith(`${site}:`)).map((text) => Number(text.slice(2)));
      expect(order).toEqual(Array.from({ length: 200 }, (_, i) => site + i * 5));
    }
  });

  it("is given up after so much elapsed time, whatever the machine's clock says; all is counted", async () => {
    for (const stepMs of [0, -3_600_000, 3_600_000]) {
      const { sink, clock, said } = setUp(() => true);
      sink.push(record('a', '1'));
      sink.push(record('a', '2'));
      sink.push(record('b', '3'));
      const closed = sink.close();
      await clock.sleep(1000);
      clock.step(stepMs);
      await closed;
      expect(clock.elapsed()).toBe(RETRY_MS);
      expect(sink.fatal?.message).toBe('Gave up after 1m (--retry-for). Cannot reach it (ECONNREFUSED).');
      expect(sink.counts.readings).toEqual({ sent: 3, acked: 0, failed: 3 });
      expect(said).toHaveLength(1);
    }
  });
});

describe('a fleet whose endpoint is away', () => {
  const fleetOf = (durationMs: number) => new Fleet({ seed: 1, devices: 40, intervalMs: 1000, durationMs });

  it('makes nothing meanwhile, and then everything with its own time', async () => {
    const { sink, clock, stored, said } = setUp((ms) => ms > 10_000 && ms < 50_000);
    const startMs = clock.now();
    const state = { startMs, nextDueMs: 0, maxLagMs: 0 };
    const source = fleetOf(60_000);
    const done = run({ source, sink, clock, stop: new AbortController().signal, state });
    await clock.sleep(49_000);
    const waiting = sink.counts.records.sent - sink.counts.records.acked;
    await done;
    expect(said).toHaveLength(2);
    expect(sink.counts.readings).toEqual({ sent: 2400, acked: 2400, failed: 0 });
    expect(state.maxLagMs).toBeGreaterThan(35_000);
    // What was on its way when the endpoint went.
    expect(waiting).toBeLessThanOrEqual(source.sites.length);
    const seen = new Map<string, number>();
    for (const text of stored.flatMap((lines) => lines.split('\n'))) {
      const { device_id, seq, timestamp } = parsed(text) as {
        device_id: string;
        seq: number;
        timestamp: string;
      };
      expect(seq).toBe(seen.get(device_id) ?? 0);
      seen.set(device_id, seq + 1);
      // Each device has a moment in each second of its own.
      expect(Math.abs(Date.parse(timestamp) - startMs - seq * 1000 - 550)).toBeLessThan(700);
    }
    expect([...seen.values()]).toEqual(Array.from({ length: 40 }, () => 60));
  });

  it('has the whole time again for each outage', async () => {
    const { sink, clock, said } = setUp((ms) => (ms > 5000 && ms < 45_000) || (ms > 55_000 && ms < 95_000));
    const state = { startMs: clock.now(), nextDueMs: 0, maxLagMs: 0 };
    await run({ source: fleetOf(120_000), sink, clock, stop: new AbortController().signal, state });
    expect(said).toHaveLength(4);
    expect(sink.counts.readings).toEqual({ sent: 4800, acked: 4800, failed: 0 });
  });

  it('does not keep somebody waiting who stops it', async () => {
    const { sink, clock } = setUp((ms) => ms > 2000);
    const stop = new AbortController();
    const state = { startMs: clock.now(), nextDueMs: 0, maxLagMs: 0 };
    const done = run({ source: fleetOf(600_000), sink, clock, stop: stop.signal, state });
    await clock.sleep(20_000);
    stop.abort();
    await done;
    expect(clock.elapsed()).toBeLessThan(26_000);
    expect(sink.fatal?.message).toContain('Gave up after 5s');
    const { sent, acked, failed } = sink.counts.readings;
    expect(failed).toBeGreaterThan(0);
    expect(acked + failed).toBe(sent);
  });
});
