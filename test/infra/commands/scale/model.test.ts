/** The discrete-event parts against what can be worked out by hand. */
import { describe, expect, it } from 'vitest';
import { Agenda } from '../../../../infra/commands/scale/agenda.ts';
import { seeded } from '../../../../infra/commands/scale/random.ts';
import { runShard, type Sender, type ShardTerms } from '../../../../infra/commands/scale/shard.ts';
import { steadyTurns, turnsAtOnce } from '../../../../infra/commands/scale/turns.ts';

const terms: ShardTerms = {
  ...{ seconds: 60, intervalSeconds: 5, recordBytes: 22_099, recordsPerSend: 1, random: seeded(1) },
  ...{ batchSize: 100, windowSeconds: 1, lanes: 1, invocationSeconds: () => 0.05 },
};
/** Sites spread evenly over the interval, or all at its beginning. */
const sites = (count: number, together = false): Sender[] =>
  Array.from({ length: count }, (_, i) => ({ phase: together ? 0 : (i * 5) / count, lane: 0 }));

it('an agenda gives back what was put into it, the earliest first', () => {
  const random = seeded(7);
  const times = Array.from({ length: 200 }, random);
  const agenda = new Agenda<number>();
  for (const at of times) agenda.add(at, at);
  const out: number[] = [];
  for (let next = agenda.next(); next; next = agenda.next()) out.push(next.at);
  expect(out).toEqual(times.toSorted((a, b) => a - b));
});

describe('a shard', () => {
  it('takes what fits, at once, and judges it within a poll and an invocation', () => {
    // 200 sites send 40 records a second: 884 KB.
    const run = runShard(sites(200), terms);
    expect(run).toMatchObject({ puts: 2400, throttled: 0, waits: [] });
    expect(Math.max(...run.ages)).toBeLessThanOrEqual(1.05);
    expect(run.invocations.length).toBe(60);
  });

  it('takes a megabyte a second of what does not fit, whatever is tried', () => {
    // 300 sites send 1.33 MB a second.
    const { puts, throttled } = runShard(sites(300), terms);
    const accepted = (puts - throttled) * terms.recordBytes;
    expect(accepted / 1e6).toBeGreaterThan(57);
    // One second's worth is there at the beginning.
    expect(accepted / 1e6).toBeLessThanOrEqual(61);
  });

  it('takes a thousand records a second, however small they are', () => {
    const { puts, throttled } = runShard(sites(6000), { ...terms, recordBytes: 220 });
    expect(puts - throttled).toBeLessThanOrEqual(61_000);
    expect(puts - throttled).toBeGreaterThan(55_000);
  });

  it('throttles gateways that send at the same moment, and has all of it in the end', () => {
    const run = runShard(sites(100, true), terms);
    expect(run.throttled).toBeGreaterThan(run.puts / 4);
    expect(Math.max(...run.waits)).toBeGreaterThan(1);
    expect(run.puts - run.throttled).toBe(1200);
  });

  it('lets a lane handle one batch at a time', () => {
    const { invocations } = runShard(sites(200), { ...terms, invocationSeconds: () => 0.9 });
    const inOrder = invocations.toSorted((a, b) => a.from - b.from);
    expect(inOrder.filter(({ to }, i) => to > (inOrder[i + 1]?.from ?? Infinity))).toEqual([]);
  });
});

describe('turns to publish', () => {
  it('are four a second, at most', () => {
    expect(steadyTurns(2)).toMatchObject({ sentAway: 0 });
    const { taken } = steadyTurns(20);
    expect(taken / 600).toBeGreaterThan(3.9);
    expect(taken / 600).toBeLessThan(4.1);
  });

  it('lose nobody: each is told, or told to come again', () => {
    for (const run of [steadyTurns(10), turnsAtOnce(1), turnsAtOnce(50), turnsAtOnce(500)]) {
      expect(run.taken + run.sentAway).toBe(run.wanted);
    }
    expect(turnsAtOnce(1)).toMatchObject({ taken: 1, conflicts: 0 });
  });
});
