/** Sensors that are stuck or noisy, in the whole detector, with environments that know different things. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../services/contract/rule.ts';
import { at, chance, type Environments, environments, readingAt } from './support/fleet.ts';

// The day is past: these tests are not about old news.
const WARNING = { severity: [{ severity: 'warning' }], notifyWithin: '36500d' };
const stuck = (changes: Record<string, unknown> = {}) =>
  parseRules({
    rules: [{ kind: 'stuck', name: 'temperature-stuck', metric: 'temperature', ...WARNING, ...changes }],
  });
const noisy = parseRules({
  rules: [{ kind: 'noisy', name: 'temperature-noisy', metric: 'temperature', ...WARNING }],
});
const both = [...stuck(), ...noisy];

const TICK = 5;
const MINUTE = 60;
const HOUR = 3600;

/** A sensor's value at a second. */
type Signal = (second: number) => number;

/** A slow wave with a little noise, as a healthy thermometer shows it. */
function healthy(seed: number, resolution = 0.01): Signal {
  const random = chance(seed);
  return (second) => {
    const value = 48 + 3 * Math.sin(second / 4000 + seed) + 0.4 * (random() + random() - 1);
    return Math.round(value / resolution) * resolution;
  };
}

/** What the signal shows instead within a time. */
const during = (from: number, to: number, signal: Signal, instead: (value: number) => number): Signal => {
  return (second) => {
    const value = signal(second);
    return second >= from && second < to ? instead(value) : value;
  };
};

const held = (): ((value: number) => number) => {
  let first: number | undefined;
  return (value) => (first ??= value);
};

async function run(world: Environments, signals: readonly Signal[], to: number, from = 0, every = TICK) {
  for (let second = from; second < to; second += every) {
    const readings = signals.map((signal, i) =>
      readingAt(second + i / 1000, `dev-${i}`, { temperature: signal(second) }),
    );
    await world.deliver({ second, readings });
  }
}

const told = (world: Environments) =>
  world.alerts().map(({ status, rule, device_id }) => `${status} ${rule} ${device_id}`);

describe('a sensor that is stuck', () => {
  it('is told when its value has not changed for much longer than is usual, and again when it does', async () => {
    const world = environments(stuck());
    const signals = [healthy(1), during(HOUR, HOUR + 12 * MINUTE, healthy(2), held())];
    await run(world, signals, 2 * HOUR);
    const [fired, over, ...others] = world.alerts();
    expect(others).toEqual([]);
    expect(fired).toMatchObject({
      status: 'firing',
      kind: 'stuck',
      device_id: 'dev-1',
      started_at: at(HOUR + 0.001),
    });
    expect((Date.parse(fired?.at ?? '') - Date.parse(at(HOUR))) / 1000).toBeLessThanOrEqual(MINUTE);
    expect(fired?.summary).toMatch(/ °C unchanged for \d+ s; usually for \d+ s at most$/);
    expect(over).toMatchObject({ status: 'resolved', incident_id: fired?.incident_id, peak: fired?.value });
    expect(over?.at).toBe(at(HOUR + 12 * MINUTE + 0.001));
  });

  it('does not seem noisy once it moves again', async () => {
    const world = environments(both);
    await run(world, [during(HOUR, 2 * HOUR, healthy(2), held()), healthy(1)], 3 * HOUR);
    expect(told(world)).toEqual(['firing temperature-stuck dev-0', 'resolved temperature-stuck dev-0']);
  });

  it('waits for as long as `for` says, without a write for each reading', async () => {
    const world = environments(stuck({ for: '10m' }));
    const signal = during(HOUR, 9 * HOUR, healthy(2), held());
    await run(world, [signal], HOUR + 9 * MINUTE);
    expect(told(world)).toEqual([]);
    expect(world.aws.calls.PutItem).toBe(1);
    await run(world, [signal], HOUR + 11 * MINUTE, HOUR + 9 * MINUTE);
    expect(world.alerts()).toMatchObject([
      { status: 'firing', started_at: at(HOUR), at: at(HOUR + 10 * MINUTE) },
    ]);
  });

  it('is no coarse one: whole degrees, halves, whole percents, over days', async () => {
    const world = environments(
      parseRules({
        rules: [
          ...stuck(),
          { ...stuck()[0], name: 'disk-stuck', metric: 'hd' },
          ...noisy,
          { ...noisy[0], name: 'disk-noisy', metric: 'hd' },
        ],
      }),
    );
    const [whole, half] = [healthy(3, 1), healthy(4, 0.5)];
    for (let second = 0; second < 48 * HOUR; second += 30) {
      const disk = Math.round(40 + 20 * (second / (48 * HOUR)));
      const temperatures = [whole(second), half(second)];
      await world.deliver({
        second,
        readings: temperatures.map((temperature, i) =>
          readingAt(second + i / 1000, `dev-${i}`, { temperature, hd: disk }),
        ),
      });
    }
    expect(told(world)).toEqual([]);
  });

  it('that reads the same before and after an hour of silence is not stuck', async () => {
    const world = environments(stuck());
    const half = healthy(5, 0.5);
    await run(world, [half], 2 * HOUR);
    await run(world, [() => 48], 3 * HOUR + 20, 3 * HOUR);
    await run(world, [half], 4 * HOUR, 3 * HOUR + 20);
    expect(told(world)).toEqual([]);
  });
});

describe('a sensor that is noisy', () => {
  it('is told with its mean step and the usual one, and again when it is quiet for twenty steps', async () => {
    const world = environments(noisy);
    const random = chance(7);
    const shaken = (value: number) => value + 20 * (random() + random() - 1);
    await run(world, [healthy(1), during(HOUR, HOUR + 3 * MINUTE, healthy(2), shaken)], 2 * HOUR);
    const [fired, over, ...others] = world.alerts();
    expect(others).toEqual([]);
    expect(fired).toMatchObject({ status: 'firing', kind: 'noisy', device_id: 'dev-1', operator: 'noisy' });
    expect(fired?.value).toBeGreaterThan(3);
    expect(Number(fired?.normal)).toBeLessThan(0.5);
    expect(fired?.summary).toMatch(/: mean step [\d.]+ °C; normally 0\.\d+$/);
    expect(over).toMatchObject({ status: 'resolved', incident_id: fired?.incident_id });
    const quietSince = Date.parse(at(HOUR + 3 * MINUTE));
    expect((Date.parse(over?.at ?? '') - quietSince) / 1000).toBeLessThanOrEqual(25 * TICK);
  });

  it('writes far fewer items than there are readings', async () => {
    const world = environments(noisy);
    const random = chance(7);
    const shaken = (value: number) => value + 20 * (random() > 0.5 ? 1 : -1) * (1 + random());
    await run(world, [during(HOUR, HOUR + 20 * MINUTE, healthy(2), shaken)], 2 * HOUR);
    expect(world.aws.calls.PutItem).toBeLessThanOrEqual(60);
    expect(told(world)).toEqual(['firing temperature-noisy dev-0', 'resolved temperature-noisy dev-0']);
  });

  it('is none that was stuck for an hour: its steps are no larger than they were before', async () => {
    const world = environments(noisy);
    const later = during(HOUR, 2 * HOUR, healthy(5), held());
    const fromTheStart = during(0, HOUR, healthy(6), held());
    await run(world, [later, fromTheStart], 3 * HOUR);
    expect(told(world)).toEqual([]);
  });

  it('is none on its way back from another level, at which its last digits were restless', async () => {
    const world = environments(noisy);
    const lively = [60, 60.6, 60.1, 60.7];
    const signal: Signal = (second) => lively[(second - HOUR) / TICK] ?? 40 + ((second / TICK) % 2) * 0.05;
    await run(world, [signal], 2 * HOUR);
    expect(world.aws.calls.PutItem).toBeGreaterThan(0);
    expect(told(world)).toEqual([]);
  });

  it('is none that takes one step and stays there', async () => {
    const world = environments(noisy);
    await run(world, [during(HOUR, 3 * HOUR, healthy(2), (value) => value + 30)], 2 * HOUR);
    expect(told(world)).toEqual([]);
  });
});

it('a healthy sensor costs no writes, under any number of environments', async () => {
  const world = environments(both, 4, chance(4));
  await run(world, [healthy(1), healthy(2), healthy(3)], 6 * HOUR);
  expect(told(world)).toEqual([]);
  expect(world.aws.calls.PutItem).toBeLessThanOrEqual(4);
});

describe('environments that know different things', () => {
  const episodes = fc.uniqueArray(
    fc.record({
      device: fc.integer({ min: 0, max: 3 }),
      from: fc.integer({ min: 4 * HOUR, max: 5 * HOUR }),
    }),
    { selector: ({ device }) => device, maxLength: 3 },
  );

  it('tell of the same sensors that are stuck for an hour, whatever is repeated, lost or swapped', async () => {
    await fc.assert(
      fc.asyncProperty(episodes, fc.integer({ min: 1, max: 4 }), fc.integer(), async (list, count, seed) => {
        const random = chance(seed);
        const world = environments(stuck(), count, random);
        world.aws.fault = (call) => {
          if (call === 'Query' || random() > 0.05) return undefined;
          return random() < 0.5 ? 'before' : 'after';
        };
        const signals = Array.from({ length: 4 }, (_, i) => {
          const episode = list.find(({ device }) => device === i);
          return episode ? during(episode.from, episode.from + HOUR, healthy(i), held()) : healthy(i);
        });
        for (let second = 0; second < 6.5 * HOUR; second += 2 * TICK) {
          await run(world, signals, second + 1, second);
          if (random() < 0.02) await world.replay(1 + Math.floor(random() * 40));
        }
        const happened = new Set(
          world.alerts().map(({ status, device_id, incident_id }) => `${status} ${device_id} ${incident_id}`),
        );
        const expected = list.flatMap(({ device }) => [`firing dev-${device}`, `resolved dev-${device}`]);
        expect([...happened].map((one) => one.split(' ').slice(0, 2).join(' ')).sort()).toEqual(
          expected.sort(),
        );
      }),
      { numRuns: 8 },
    );
  }, 60_000);
});
