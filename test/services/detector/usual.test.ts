import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bandOf,
  isUnusual,
  type Limits,
  learn,
  MOST_VALUES,
  type Outlook,
  paceOf,
  scoreOf,
  type Usual,
} from '../../../services/detector/usual.ts';
import { Random } from '../../../simulator/random.ts';

const PACE = paceOf(5 * 60_000);
const MEDIUM: Limits = { score: 2.3, minimumChange: 0, direction: 'both' };

/** Learns a list of values, and tells what each looked like. */
function learnAll(values: readonly number[], pace = PACE): { usual: Usual; outlooks: Outlook[] } {
  let usual: Usual | undefined;
  const outlooks = values.map((x) => {
    const { next, outlook } = learn(usual, x, pace);
    usual = next;
    return outlook;
  });
  return { usual: usual as Usual, outlooks };
}

/** Noise around a level, with a rhythm of a day. */
function signal(count: number, seed: number, level = 40): number[] {
  const random = new Random(seed, 0);
  return Array.from(
    { length: count },
    (_, i) => level + 8 * Math.sin((i / 288) * 2 * Math.PI) + 2 * random.gaussian(),
  );
}

describe('what is usual', () => {
  it('is learnt as a calculation by hand has it', () => {
    // 10: nothing before, so it is the mean. 14: rates 1/2; deviation 4, fast 2, z = 2/1e-9 → 30, power ½·½·4 = 1.
    // 11: rates 1/3; deviation 11 − 12 = −1, fast 2 + (−1 − 2)/3 = 1, z = 1/√1 = 1, peak 3 · 0.9995,
    // power ⅔ · (1 + ⅓ · 1) = 8/9, mean 12 − ⅓ = 35/3.
    const { usual, outlooks } = learnAll([10, 14, 11]);
    expect(outlooks.map(({ z }) => z)).toEqual([0, 30, expect.closeTo(1, 6)]);
    expect(outlooks.map(({ level }) => level)).toEqual([10, 12, 13]);
    expect(usual).toEqual({
      n: 3,
      mean: Math.fround(35 / 3),
      fast: 1,
      power: expect.closeTo(8 / 9, 6),
      peak: Math.fround(Math.fround(3) * 0.9995),
    });
  });

  it('has fixed rates once enough was seen: a week for the mean, an hour for what is compared', () => {
    const known: Usual = { n: 5000, mean: 40, fast: 1, power: 4, peak: 2 };
    const { next, outlook } = learn(known, 50, PACE);
    expect(next.fast).toBeCloseTo(1 + 0.08 * 9, 5);
    expect(next.mean).toBeCloseTo(40 + 0.0005 * 10, 5);
    expect(next.power).toBeCloseTo(0.9995 * (4 + 0.0005 * 1.72 ** 2), 5);
    expect(outlook.z).toBeCloseTo(0.86, 5);
    expect(next.peak).toBeCloseTo(2 * 0.9995, 5);
    expect(scoreOf(outlook)).toBeCloseTo(0.86 * Math.sqrt(0.86 / 3), 5);
  });

  it('is the same after an hour, however often it is looked at', () => {
    const long = paceOf(15 * 60_000);
    expect(1 - long.fast).toBeCloseTo((1 - PACE.fast) ** 3, 12);
    expect(1 - long.slow).toBeCloseTo((1 - PACE.slow) ** 3, 12);
    expect([PACE.warmUp, long.warmUp]).toEqual([576, 192]);
    expect([PACE.early, long.early]).toEqual([100, 34]);
  });

  it('fits into 18 bytes: a count of 16 bits, and four numbers of 32', () => {
    const { usual } = learnAll(signal(3000, 1));
    const { n, ...floats } = usual;
    expect(n).toBe(3000);
    for (const value of Object.values(floats)) expect(Math.fround(value)).toBe(value);
    expect(learn({ ...usual, n: MOST_VALUES }, 1, PACE).next.n).toBe(MOST_VALUES);
  });

  it('is a number that can be stored, whatever comes', () => {
    const values = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), {
      minLength: 1,
      maxLength: 300,
    });
    const property = fc.property(values, (list) => {
      const { usual, outlooks } = learnAll(list);
      for (const value of Object.values(usual)) expect(Number.isFinite(value)).toBe(true);
      for (const { z } of outlooks) expect(z).toBeLessThanOrEqual(30);
      expect(usual.power).toBeGreaterThanOrEqual(0);
    });
    fc.assert(property, { numRuns: 100 });
  });
});

describe('what is unusual', () => {
  it('is nothing in two weeks of a rhythm and its noise', () => {
    const { outlooks } = learnAll(signal(288 * 14, 3));
    expect(outlooks.filter((outlook) => isUnusual(outlook, MEDIUM))).toEqual([]);
  });

  it('is a shift of hours, until it has become usual', () => {
    const values = [...signal(288 * 7, 4), ...signal(288 * 2, 5, 60)];
    const { outlooks } = learnAll(values);
    const unusual = outlooks.flatMap((outlook, i) => (isUnusual(outlook, MEDIUM) ? [i - 288 * 7] : []));
    expect(unusual[0]).toBeGreaterThanOrEqual(0);
    expect(unusual[0]).toBeLessThan(24);
    expect(unusual.at(-1)).toBeLessThan(288);
  });

  it('is nothing in the first two days', () => {
    const { outlooks } = learnAll([...signal(400, 6), ...signal(100, 6, 90)]);
    expect(outlooks.some((outlook) => scoreOf(outlook) > 2.8)).toBe(true);
    expect(outlooks.some((outlook) => isUnusual(outlook, MEDIUM))).toBe(false);
  });

  it('is outside the band that people see, and nothing else is', () => {
    const property = fc.property(
      fc.record({
        mean: fc.double({ min: -100, max: 100, noNaN: true }),
        fast: fc.double({ min: -50, max: 50, noNaN: true }),
        power: fc.double({ min: 0.001, max: 400, noNaN: true }),
        peak: fc.double({ min: 0, max: 30, noNaN: true }),
      }),
      fc.constantFrom(1.9, 2.3, 2.8),
      fc.constantFrom(0, 2, 5),
      fc.double({ min: -100, max: 100, noNaN: true }),
      (state, score, minimumChange, x) => {
        const { outlook } = learn({ n: 5000, ...state }, x, PACE);
        const limits: Limits = { score, minimumChange, direction: 'both' };
        const { min, max } = bandOf(outlook, limits);
        // On the very edge, rounding decides.
        fc.pre(Math.min(Math.abs(outlook.level - min), Math.abs(outlook.level - max)) > 1e-6);
        expect(isUnusual(outlook, limits)).toBe(outlook.level < min || outlook.level > max);
      },
    );
    fc.assert(property, { numRuns: 1000 });
  });

  it('may be asked for on one side only, and above a smallest change', () => {
    const known: Usual = { n: 5000, mean: 40, fast: 0, power: 0.01, peak: 0 };
    const [above, below] = [learn(known, 65, PACE).outlook, learn(known, 15, PACE).outlook];
    const verdicts = (limits: Limits) => [isUnusual(above, limits), isUnusual(below, limits)];
    expect(verdicts(MEDIUM)).toEqual([true, true]);
    expect(verdicts({ ...MEDIUM, direction: 'above' })).toEqual([true, false]);
    expect(verdicts({ ...MEDIUM, direction: 'below' })).toEqual([false, true]);
    expect(verdicts({ ...MEDIUM, minimumChange: 2.01 })).toEqual([false, false]);
  });
});
