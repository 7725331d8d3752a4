/** SNS disables an e-mail subscription that gets more than ten messages a second, from any number of senders. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../services/contract/reading.ts';
import { groupBy } from '../../../services/detector/group.ts';
import { createTurns, TURN_MS } from '../../../services/detector/turns.ts';
import { batch, clock, reading, record } from './support/batch.ts';
import { BATCH_SIZE, harness, published, rules } from './support/harness.ts';
import { createWorld, mostInASecond, type World } from './support/world.ts';

/** Five rules: fifteen digests at a time. */
const RULES = rules(
  ...[80, 82, 84].map((threshold) => ({
    name: `hot-${threshold}`,
    threshold,
    severity: [{ severity: 'warning' }, { severity: 'critical', threshold: 90 }],
  })),
  { name: 'busy', metric: 'cpu', threshold: 90, recoveryThreshold: 80 },
  { name: 'full', metric: 'hd', threshold: 90, recoveryThreshold: 80 },
);
const WELL = { temperature: 50, cpu: 20, hd: 20 };
const LATENCY_MS = 300;
/** A latency at random moves messages towards each other. */
const MOST = 9;

interface Storm {
  shards: { sites: number; devices: number; bursts: { atMs: number; records: number; values: number[] }[] }[];
  seed: number;
}

const storms: fc.Arbitrary<Storm> = fc.record({
  seed: fc.integer(),
  shards: fc.array(
    fc.record({
      sites: fc.integer({ min: 1, max: 3 }),
      devices: fc.integer({ min: 1, max: 4 }),
      bursts: fc.array(
        fc.record({
          atMs: fc.integer({ min: 0, max: 4000 }),
          records: fc.integer({ min: 1, max: 15 }),
          values: fc.array(fc.constantFrom(50, 81, 83, 85, 92), { minLength: 1, maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});

/** Numbers from 0 to 1, the same for the same seed. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Every site goes on sending after the storm, as sites do. */
const CALM_MS = 30_000;
const CALM_STEP_MS = 3_000;

function arrivalsOf({ sites, devices, bursts }: Storm['shards'][number], shard: number) {
  let made = 0;
  const one = (site: number, device: number, values: Partial<Reading>) => {
    made += 1;
    const timestamp = new Date(clock('10:00:00') + made * 100).toISOString();
    return reading('10:00:00', {
      ...{ site_id: `site-${shard}-${site}`, device_id: `pump-${device}`, timestamp, seq: made },
      ...values,
    });
  };
  const storm = bursts
    .toSorted((a, b) => a.atMs - b.atMs)
    .flatMap(({ atMs, records, values }) =>
      Array.from({ length: records }, (_, i) => ({
        atMs,
        readings: Array.from({ length: devices }, (_, device) => {
          const value = values[(i + device) % values.length] ?? 50;
          return one(i % sites, device, { temperature: value, cpu: value + 8, hd: value + 5 });
        }),
      })),
    );
  const calm = Array.from({ length: CALM_MS / CALM_STEP_MS }, (_, step) =>
    Array.from({ length: sites }, (_, site) => ({
      atMs: 5000 + step * CALM_STEP_MS,
      readings: Array.from({ length: devices }, (_, device) => one(site, device, WELL)),
    })),
  ).flat();
  return [...storm, ...calm];
}

/** Incidents of which something later was told before something earlier. */
function outOfOrder(alerts: ReturnType<typeof published>): string[] {
  const latest = new Map<string, string>();
  return alerts.flatMap(({ incident_id, at, device_id }) => {
    const isLate = at < (latest.get(incident_id) ?? at);
    latest.set(incident_id, at);
    return isLate ? [device_id] : [];
  });
}

const ids = (alerts: ReturnType<typeof published>) => alerts.map((alert) => alert.notification_id).toSorted();

/** Plays a storm, and gives it with what an undisturbed detector tells of it. */
async function play(
  storm: Storm,
  crashes = 0,
): Promise<{ world: World; told: string[]; expected: string[] }> {
  const world = createWorld({ rules: RULES, random: chance(storm.seed), latencyMs: LATENCY_MS, crashes });
  const shards = storm.shards.map((shard, i) => arrivalsOf(shard, i));
  const name = (i: number) => `shardId-00000000000${i}`;
  await world.time.run(shards.map((arrivals, i) => world.shard(name(i), arrivals)));
  // An environment that dies forgets which sites it passed over. Their own next readings tell what was left.
  const next = shards.map((arrivals) => groupBy(arrivals, (one) => one.readings[0]?.site_id ?? ''));
  const last = next.map((sites) =>
    sites.flatMap(([, of]) => of.slice(-1)).map((one) => ({ ...one, atMs: 0 })),
  );
  await world.time.run(last.map((arrivals, i) => world.shard(name(i), arrivals)));
  const alone = harness(RULES);
  for (const arrivals of shards) {
    for (const { readings } of arrivals) await alone.detector(batch([record(readings)]));
  }
  return { world, told: ids(published(world.aws)), expected: ids(published(alone.aws)) };
}

describe('many shards, many environments, any arrivals', () => {
  it('no second has more than nine messages, and every transition is told exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(storms, async (storm) => {
        const { world, told, expected } = await play(storm);
        expect(mostInASecond(world.publishedAt)).toBeLessThanOrEqual(MOST);
        expect(told).toEqual(expected);
        expect(outOfOrder(published(world.aws))).toEqual([]);
      }),
      { numRuns: 10 },
    );
  }, 120_000);

  it('nor when environments die one after the other; then a transition may be told again, and none is lost', async () => {
    await fc.assert(
      fc.asyncProperty(storms, async (storm) => {
        const { world, told, expected } = await play(storm, 0.02);
        expect(mostInASecond(world.publishedAt)).toBeLessThanOrEqual(MOST);
        expect(new Set(told)).toEqual(new Set(expected));
      }),
      { numRuns: 10 },
    );
  }, 120_000);
});

describe('a message', () => {
  const HOT = { temperature: 99 };
  const WELL = { temperature: 50 };

  it('whose answer is lost takes a turn for every attempt', async () => {
    const world = createWorld({ rules: rules({}), random: chance(1), latencyMs: 10 });
    const { fault } = world.aws;
    world.aws.fault = async (call, input) => {
      await fault(call, input);
      return call === 'Publish' ? 'after' : undefined;
    };
    const turns = createTurns(world.aws.dynamo, 'state', world.time);
    const { detector } = harness(rules({}), world.aws, turns);
    const site = Array.from({ length: 5 }, (_, i) => reading('10:00:00', { ...HOT, device_id: `pump-${i}` }));
    await world.time.run([detector(batch([record(site)]))]);
    expect(world.publishedAt).toHaveLength(15);
    expect(mostInASecond(world.publishedAt)).toBeLessThanOrEqual(1000 / TURN_MS + 1);
  });

  it('of twenty rules for one reading waits for its turn, and the invocation for all of them', async () => {
    const many = rules(...Array.from({ length: 20 }, (_, i) => ({ name: `hot-${i}` })));
    const world = createWorld({ rules: many, random: chance(1), latencyMs: 10 });
    await world.time.run([world.shard('shardId-1', [{ atMs: 0, readings: [reading('10:00:00', HOT)] }])]);
    expect(world.publishedAt).toHaveLength(20);
    expect(mostInASecond(world.publishedAt)).toBeLessThanOrEqual(1000 / TURN_MS + 1);
  });

  it('waits no longer when the clock of all machines is set back', async () => {
    const world = createWorld({ rules: rules({}), random: chance(1), latencyMs: 10 });
    const turns = createTurns(world.aws.dynamo, 'state', world.time);
    const waits: (number | undefined)[] = [];
    await world.time.run([
      (async () => {
        await turns.take(10_000);
        world.time.shift(-3_600_000);
        for (let i = 0; i < 3; i += 1) waits.push(await turns.take(10_000));
      })(),
    ]);
    expect(waits[0]).toBeGreaterThan(900);
    for (const waited of waits) expect(waited).toBeLessThanOrEqual(1000);
  });

  it('is not waited for while records wait in the shard; what a site that falls silent has left is told then', async () => {
    const many = rules(...Array.from({ length: 8 }, (_, i) => ({ name: `hot-${i}` })));
    const world = createWorld({ rules: many, random: () => 0.5, latencyMs: 10 });
    const at = (atMs: number, site_id: string, values: Partial<Reading>) => ({
      atMs,
      readings: [reading('10:00:00', { site_id, ...values })],
    });
    const others = Array.from({ length: BATCH_SIZE - 1 }, (_, i) => at(0, `quiet-${i}`, WELL));
    const started = world.time.now();
    let passedMs = 0;
    await world.time.run([
      world.shard('shardId-1', [at(0, 'last-gasp', HOT), ...others]).then(() => {
        passedMs = world.time.now() - started;
        expect(world.publishedAt.length).toBeLessThan(4);
        return world.shard('shardId-1', [at(10_000, 'quiet-1', WELL)]);
      }),
    ]);
    expect(passedMs).toBeLessThan(1000);
    expect(ids(published(world.aws))).toHaveLength(8);
  });
});
