/** What an environment suspects of one sensor, from its values alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MetricMemory } from '../../../services/detector/metric-memory.ts';
import { chance } from './support/fleet.ts';

const READINGS = 20_000;
const SECOND = 1000;

/** Numbers of the readings with which a sensor was suspected. */
function suspected(values: Iterable<number>, everySeconds = 5): number[] {
  const memory = new MetricMemory({ metric: 'hd', stuck: true, noisy: true });
  memory.grow(1);
  const found: number[] = [];
  let i = 0;
  for (const value of values) {
    if (memory.see(0, value, i * everySeconds * SECOND, true)) found.push(i);
    i += 1;
  }
  return found;
}

interface Sensor {
  resolution: number;
  /** Noise, in what the sensor resolves: its standard deviation. */
  noise: number;
  /** Readings in which it drifts by what it resolves. */
  dwell: number;
  seed: number;
}

function* shown({ resolution, noise, dwell, seed }: Sensor): Generator<number> {
  const random = chance(seed);
  const phase = random();
  for (let i = 0; i < READINGS; i += 1) {
    // The sum of three is near enough to a normal distribution, and its deviation is a half.
    const bell = 2 * (random() + random() + random() - 1.5);
    yield Math.round(phase + i / dwell + noise * bell) * resolution;
  }
}

const resolutions = fc.constantFrom(0.1, 0.5, 1, 5);

describe('what is not stuck', () => {
  const slow: fc.Arbitrary<Sensor> = fc.record({
    resolution: resolutions,
    noise: fc.double({ min: 0, max: 0.8, noNaN: true }),
    dwell: fc.integer({ min: 20, max: 15_000 }),
    seed: fc.integer(),
  });

  it('is a coarse sensor of something that moves slowly, whenever an environment begins to watch it', () => {
    fc.assert(
      fc.property(slow, (sensor) => {
        expect(suspected(shown(sensor))).toEqual([]);
      }),
      { numRuns: 60, seed: 41 },
    );
  });

  it('is one that never moves', () => {
    expect(suspected(Array<number>(READINGS).fill(41))).toEqual([]);
  });

  it('is one that flickers for a while, and then stands still for hours', () => {
    const random = chance(3);
    const flickering = Array.from({ length: 1500 }, () => 41 + Math.round(random()));
    expect(suspected([...flickering, ...Array<number>(5000).fill(42)])).toEqual([]);
  });

  it('is one at the end of its range: a processor with nothing to do, a full disk', () => {
    const random = chance(4);
    const busy = Array.from({ length: 3000 }, () => Math.round(2000 * random()) / 100 + 1);
    expect(suspected([...busy, ...Array<number>(100).fill(0)])).toEqual([]);
    expect(suspected([...busy, ...Array<number>(100).fill(100)])).toEqual([]);
  });
});

it('a sensor that hardly ever repeats itself is suspected after six equal readings', () => {
  const random = chance(5);
  const healthy = Array.from({ length: 400 }, () => Math.round((40 + random()) * 100) / 100);
  const [first] = suspected([...healthy, ...Array<number>(20).fill(40.5)]);
  expect(first).toBeLessThanOrEqual(400 + 6);
  expect(first).toBeGreaterThanOrEqual(400 + 5);
});

it('a coarse one is suspected once it was seen for a day, after three times as long as usual', () => {
  const random = chance(6);
  const day = 17_280;
  const coarse = (count: number) => Array.from({ length: count }, () => 41 + Math.round(random()));
  const frozen = Array<number>(200).fill(43);
  expect(suspected([...coarse(day - 300), ...frozen])).toEqual([]);
  const [first] = suspected([...coarse(day + 300), ...frozen]);
  expect(first).toBeGreaterThan(day + 300 + 10);
  expect(first).toBeLessThan(day + 300 + 60);
});

it('one that was stuck while it was learnt, and is again, is not noisy when it moves', () => {
  const random = chance(7);
  const healthy = (count: number) =>
    Array.from({ length: count }, () => Math.round((40 + random()) * 100) / 100);
  const stuck = (count: number) => Array<number>(count).fill(40.5);
  expect(suspected([...stuck(800), ...healthy(5000), ...stuck(1200), ...healthy(1000)], 1)).toEqual([]);
});
