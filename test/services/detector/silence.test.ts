import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../services/contract/rule.ts';
import { at, chance, type Delivery, type Environments, environments, readingAt } from './support/fleet.ts';

const silent = (changes: Record<string, unknown> = {}) =>
  parseRules({
    rules: [
      {
        kind: 'silent',
        name: 'device-silent',
        severity: [{ severity: 'warning' }],
        notifyWithin: '36500d',
        ...changes,
      },
    ],
  });

const MINUTE = 60;
const HOUR = 3600;
/** Seconds from one reading of a device to the next. */
const TICK = 5;
const devicesOf = (count: number) => Array.from({ length: count }, (_, i) => `dev-${i}`);

interface Dropout {
  device: string;
  from: number;
  to: number;
}

/** One tick: every device that is not silent then. */
function tick(second: number, devices: string[], dropouts: readonly Dropout[] = []): Delivery {
  const heard = devices.filter(
    (device) => !dropouts.some((one) => one.device === device && second >= one.from && second < one.to),
  );
  return { second, readings: heard.map((device, i) => readingAt(second + i / 1000, device)) };
}

/** Ticks of the fleet, one batch each. */
async function run(
  world: Environments,
  { from = 0, to }: { from?: number; to: number },
  devices: string[],
  dropouts: readonly Dropout[] = [],
) {
  for (let second = from; second < to; second += TICK) await world.deliver(tick(second, devices, dropouts));
}

const told = (world: Environments) =>
  world
    .alerts()
    .map(({ status, device_id, started_at, at: when }) => `${status} ${device_id} ${started_at} ${when}`);

describe('a device that falls silent', () => {
  it('is told once its site is `for` further, and once more when it is heard again', async () => {
    const world = environments(silent());
    await run(world, { to: 30 * MINUTE }, devicesOf(10), [{ device: 'dev-3', from: 600, to: 1200 }]);
    const [fired, over, ...others] = world.alerts();
    expect(others).toEqual([]);
    expect(fired).toMatchObject({
      ...{ status: 'firing', kind: 'silent', rule: 'device-silent', device_id: 'dev-3', metric: null },
      ...{ operator: 'silent', threshold: '5m', started_at: at(595.003) },
    });
    const delay = (Date.parse(fired?.at ?? '') - Date.parse(at(595))) / 1000;
    expect(delay).toBeGreaterThanOrEqual(300);
    expect(delay).toBeLessThanOrEqual(330);
    expect(over).toMatchObject({
      status: 'resolved',
      incident_id: fired?.incident_id,
      at: at(1200.003),
      value: 605,
    });
    expect(over?.summary).toBe('Over: Device silent on dev-3 (site-a), heard again, silent for 10 min 5 s');
  });

  it('writes nothing while all is well but the front, every two minutes, and the roster, once', async () => {
    const world = environments(silent());
    await run(world, { to: HOUR }, devicesOf(10));
    expect(world.aws.calls.PutItem).toBeLessThanOrEqual(2 + 60 / 2);
    expect([...world.aws.items.keys()].sort()).toEqual(['site-a/#front', 'site-a/#roster']);
  });

  it('is not told without a rule about silence, and nothing is written', async () => {
    const world = environments(
      parseRules({
        rules: [
          {
            name: 'hot',
            metric: 'temperature',
            operator: '>',
            threshold: 80,
            severity: [{ severity: 'warning' }],
          },
        ],
      }),
    );
    await run(world, { to: 20 * MINUTE }, devicesOf(5), [{ device: 'dev-3', from: 300, to: 1200 }]);
    expect(world.aws.calls.PutItem).toBe(0);
  });

  it('is left alone where the selector leaves it out', async () => {
    const world = environments(silent({ selector: { devices: ['pump-*'] } }));
    await run(world, { to: 20 * MINUTE }, devicesOf(5), [{ device: 'dev-3', from: 300, to: 1200 }]);
    expect(world.alerts()).toEqual([]);
  });

  it('that was never heard is not missed', async () => {
    const world = environments(silent({ selector: { devices: ['dev-0', 'dev-9'] } }));
    await run(world, { to: 20 * MINUTE }, devicesOf(5));
    expect(world.alerts()).toEqual([]);
  });

  it('is given up after `forgetAfter`, leaves the roster, and is a device like others when it comes back', async () => {
    const world = environments(silent({ forgetAfter: '1h' }));
    const dropouts = [{ device: 'dev-3', from: 600, to: 3 * HOUR }];
    await run(world, { to: 2 * HOUR }, devicesOf(5), dropouts);
    expect(world.alerts().map(({ status, normal }) => [status, normal])).toEqual([
      ['firing', undefined],
      ['resolved', 'given up'],
    ]);
    expect(world.aws.items.get('site-a/#roster')?.ids?.S).toBe('dev-0 dev-1 dev-2 dev-4');
    await run(world, { from: 2 * HOUR, to: 4 * HOUR }, devicesOf(5), dropouts);
    expect(world.alerts()).toHaveLength(2);
    expect(world.aws.items.get('site-a/#roster')?.ids?.S).toBe('dev-0 dev-1 dev-2 dev-4 dev-3');
  });

  it('ends as given up at once when somebody takes it out of the roster', async () => {
    const world = environments(silent());
    await run(world, { to: 20 * MINUTE }, devicesOf(3), [{ device: 'dev-1', from: 300, to: 9999 }]);
    const roster = world.aws.items.get('site-a/#roster');
    world.aws.items.set('site-a/#roster', { ...roster, ids: { S: 'dev-0 dev-2' }, version: { N: '7' } });
    await run(world, { from: 20 * MINUTE, to: 21 * MINUTE }, devicesOf(3).slice(0, 1));
    expect(world.alerts().map(({ status, normal }) => [status, normal])).toEqual([
      ['firing', undefined],
      ['resolved', 'given up'],
    ]);
  });
});

describe('nobody is silent', () => {
  it('when the pipeline stood still for half an hour, and the backlog comes in large batches', async () => {
    const world = environments(silent());
    const devices = devicesOf(50);
    await run(world, { to: 10 * MINUTE }, devices);
    const backlog = Array.from({ length: (30 * MINUTE) / TICK }, (_, i) =>
      tick(10 * MINUTE + i * TICK, devices),
    );
    while (backlog.length > 0) await world.deliver(...backlog.splice(0, 25));
    await run(world, { from: 40 * MINUTE, to: 60 * MINUTE }, devices);
    expect(told(world)).toEqual([]);
  });

  it.each([1, 4, 28])(
    'when a site of 50 was offline for 20 minutes and comes back one by one (%i environments)',
    async (count) => {
      const devices = devicesOf(50);
      const world = environments(silent(), count, chance(count));
      await run(world, { to: 10 * MINUTE }, devices);
      // The last words before the outage are cut short, and so are the first ones after it.
      for (let second = 600; second < 640; second += TICK)
        await world.deliver(tick(second, devices.slice(0, 5)));
      for (let i = 0; i < 24; i += 1) {
        await world.deliver(tick(30 * MINUTE + i * TICK, devices.slice(0, 1 + 2 * i)));
      }
      await run(world, { from: 32 * MINUTE, to: 60 * MINUTE }, devices);
      expect(told(world)).toEqual([]);
    },
  );

  it('when a gateway that was cut off sends what it has kept', async () => {
    const devices = devicesOf(10);
    const world = environments(silent());
    await run(world, { to: 10 * MINUTE }, devices);
    for (let second = 10 * MINUTE; second < 40 * MINUTE; second += MINUTE) {
      const kept = Array.from({ length: MINUTE / TICK }, (_, i) => tick(second + i * TICK, devices));
      await world.deliver({ second: 40 * MINUTE, readings: kept.flatMap(({ readings }) => readings) });
    }
    await run(world, { from: 40 * MINUTE, to: 60 * MINUTE }, devices);
    expect(told(world)).toEqual([]);
  });

  it('whose clock is slow, or was set back', async () => {
    const world = environments(silent());
    for (let second = 0; second < 2 * HOUR; second += TICK) {
      const slow = readingAt(second - 20 * MINUTE, 'slow', { seq: second });
      const back = readingAt(second < HOUR ? second : second - HOUR, 'back', { seq: second });
      await world.deliver({ second, readings: [readingAt(second, 'right'), slow, back] });
    }
    expect(told(world)).toEqual([]);
  });
});

describe('environments that know different things', () => {
  /** Dropouts of 15 to 25 minutes, one for each of some devices. */
  const dropouts = fc.uniqueArray(
    fc.record({
      device: fc.integer({ min: 0, max: 7 }).map((i) => `dev-${i}`),
      from: fc.integer({ min: 10 * MINUTE, max: 40 * MINUTE }),
      lasts: fc.integer({ min: 15 * MINUTE, max: 25 * MINUTE }),
    }),
    { selector: ({ device }) => device, maxLength: 4 },
  );

  it('tell the same, whatever is repeated, lost or swapped', async () => {
    await fc.assert(
      fc.asyncProperty(
        dropouts,
        fc.integer({ min: 1, max: 28 }),
        fc.integer(),
        async (silences, count, seed) => {
          const list = silences.map(({ device, from, lasts }) => ({ device, from, to: from + lasts }));
          const random = chance(seed);
          const world = environments(silent(), count, random);
          // Writes are refused, or their answers get lost.
          world.aws.fault = (call) => {
            if (call === 'Query' || random() > 0.05) return undefined;
            return random() < 0.5 ? 'before' : 'after';
          };
          for (let second = 0; second < 80 * MINUTE; second += 2 * TICK) {
            await world.deliver(tick(second, devicesOf(8), list));
            if (random() < 0.1) await world.replay(1 + Math.floor(random() * 50));
          }
          const opened = new Map<string, string[]>();
          for (const { incident_id, status, device_id } of world.alerts()) {
            const known = opened.get(`${device_id} ${incident_id}`) ?? [];
            if (!known.includes(status)) opened.set(`${device_id} ${incident_id}`, [...known, status]);
          }
          const happened = [...opened].map(([key, statuses]) => `${key.split(' ')[0]} ${statuses}`);
          expect(happened.sort()).toEqual(list.map(({ device }) => `${device} firing,resolved`).sort());
          for (const { status, device_id, at: when } of world.alerts()) {
            const one = list.find(({ device }) => device === device_id);
            const delay = (Date.parse(when) - Date.parse(at(one?.from ?? 0))) / 1000;
            if (status === 'firing') expect(delay).toBeLessThanOrEqual(10 * MINUTE);
          }
        },
      ),
      { numRuns: 12 },
    );
  }, 60_000);

  it.each([1, 4, 28])('are not misled by readings that come late (%i environments)', async (count) => {
    const random = chance(count);
    const world = environments(silent(), count, random);
    const late: Delivery['readings'][] = [];
    for (let i = 0; i < (4 * HOUR) / TICK; i += 1) {
      const { second, readings } = tick(i * TICK, devicesOf(10));
      const inTime = readings.filter((reading) => {
        if (random() >= 0.02) return true;
        const slot = i + 5 + Math.floor(random() * 25);
        late[slot] = [...(late[slot] ?? []), reading];
        return false;
      });
      await world.deliver({ second, readings: [...inTime, ...(late[i] ?? [])] });
    }
    expect(told(world)).toEqual([]);
  });
});
