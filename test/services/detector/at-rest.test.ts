import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../services/contract/rule.ts';
import { chance, type Environments, environments, readingAt } from './support/fleet.ts';
import { modelTable } from './support/model-table.ts';

const of = { severity: [{ severity: 'warning' }], notifyWithin: '36500d' };
const hot = {
  name: 'hot',
  metric: 'temperature',
  operator: '>',
  threshold: 80,
  recoveryThreshold: 75,
  ...of,
};
const silent = { kind: 'silent', name: 'device-silent', ...of };
const RULES = parseRules({ rules: [hot, silent] });
const DEVICES = ['dev-0', 'dev-1', 'dev-2'];

/** Readings that go on: `seq` rises by one each second. */
const now = (second: number, devices = DEVICES, values = {}) => ({
  second,
  readings: devices.map((device) => readingAt(second, device, values)),
});

async function queriesOf(world: Environments, ...deliveries: ReturnType<typeof now>[]): Promise<number> {
  const before = world.aws.calls.Query;
  for (const delivery of deliveries) await world.deliver(delivery);
  return world.aws.calls.Query - before;
}

/** A world in which the site was read, and its presence written. */
async function atRest(): Promise<Environments> {
  const world = environments(RULES);
  await world.deliver(now(0));
  return world;
}

describe('a site of which nothing is stored', () => {
  it('is read once, and then every two minutes of event time', async () => {
    const world = environments(RULES);
    expect(await queriesOf(world, now(0))).toBe(1);
    expect(await queriesOf(world, ...Array.from({ length: 119 }, (_, i) => now(i + 1)))).toBe(0);
    expect(await queriesOf(world, now(120))).toBe(1);
    expect(await queriesOf(world, now(121))).toBe(0);
  });

  it('is read no more often where it is learnt what is usual', async () => {
    const rule = { kind: 'unusual', name: 'odd', metric: 'temperature', ...of };
    const table = modelTable();
    const world = environments(parseRules({ rules: [hot, silent, rule] }), 1, chance(1), {
      ...{ store: table, periodMs: 20 * 60_000 },
    });
    expect(await queriesOf(world, now(0))).toBe(1);
    expect(table.counts.writes).toBe(1);
    expect(await queriesOf(world, now(1), now(2))).toBe(0);
  });

  it('is read where a reading does not follow one that was seen here', async () => {
    const cases = {
      'one is missing': now(2),
      repeated: now(0),
      'a device is new': now(1, ['dev-9']),
      'after a long pause': now(61, DEVICES, { seq: 1 }),
    };
    for (const delivery of Object.values(cases)) expect(await queriesOf(await atRest(), delivery)).toBe(1);
  });

  it('is read where a rule may call a reading a breach, and for as long as an incident is remembered', async () => {
    const world = await atRest();
    expect(await queriesOf(world, now(1, DEVICES, { temperature: 91 }), now(2), now(3))).toBeGreaterThan(2);
    expect(world.alerts().map(({ status }) => status)).toContain('resolved');
  });

  it('is read again after a write that failed', async () => {
    const world = environments(RULES);
    world.aws.fault = (call) => (call === 'Query' ? undefined : 'after');
    await world.deliver(now(0));
    world.aws.fault = () => undefined;
    expect(await queriesOf(world, now(1))).toBe(1);
  });
});

it('what is told is the same, however many environments share the batches', async () => {
  const steps = fc.array(
    fc.record({
      devices: fc.subarray(DEVICES, { minLength: 1 }),
      hot: fc.oneof(
        { weight: 4, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
      replayed: fc.oneof(
        { weight: 8, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
      ),
    }),
    { minLength: 10, maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 2, max: 5 }), fc.integer(), async (list, count, seed) => {
      const told = async (world: Environments) => {
        const seqs = new Map<string, number>();
        for (const [second, { devices, hot: isHot, replayed }] of list.entries()) {
          const readings = devices.map((device) => {
            const seq = (seqs.get(device) ?? -1) + 1;
            seqs.set(device, seq);
            return readingAt(second, device, { seq, temperature: isHot ? 91 : 50 });
          });
          await world.deliver({ second, readings });
          if (replayed > 0) await world.replay(replayed);
        }
        const alerts = world.alerts().map(({ status, device_id, at }) => `${at} ${device_id} ${status}`);
        return [...new Set(alerts)].sort();
      };
      expect(await told(environments(RULES, count, chance(seed)))).toEqual(await told(environments(RULES)));
    }),
    { numRuns: 15 },
  );
});
