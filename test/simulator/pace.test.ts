import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../simulator/histogram.ts';
import { burstPlan, multiplyPlans, Pace, rampPlan, steadyPlan } from '../../simulator/pace.ts';
import { GAUSSIAN, hash32, Random } from '../../simulator/random.ts';

describe('pace', () => {
  it('changes nothing when it is steady', () => {
    const pace = new Pace(steadyPlan);
    expect([0, 10, 5000].map((ms) => pace.toWall(ms))).toEqual([0, 10, 5000]);
  });

  it('stretches time on the steps of a ramp', () => {
    // 10 % for 30 s makes 3 s of nominal time; 50 % makes 15 s; then full speed.
    const pace = new Pace(rampPlan([0.1, 0.5, 1], 30_000));
    expect([0, 1500, 3000, 10_500, 18_000, 19_000].map((ms) => pace.toWall(ms))).toEqual([
      0, 15_000, 30_000, 45_000, 60_000, 61_000,
    ]);
  });

  it('compresses time in bursts', () => {
    // 8 s at normal speed, then 10 s in 2 s.
    const pace = new Pace(burstPlan(5, 2000, 10_000));
    expect([8000, 13_000, 18_000, 19_000].map((ms) => pace.toWall(ms))).toEqual([8000, 9000, 10_000, 11_000]);
  });

  it('converts back and forth, also with a ramp and bursts at the same time', () => {
    const plan = multiplyPlans(rampPlan([0.25, 1], 7000), burstPlan(3, 1000, 4000));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1 }), (moments) => {
        const [there, back] = [new Pace(plan), new Pace(plan)];
        for (const ms of moments.sort((a, b) => a - b)) {
          expect(back.toNominal(there.toWall(ms))).toBeCloseTo(ms, 6);
        }
      }),
    );
  });
});

describe('histogram', () => {
  it('gives percentiles to within one percent', () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 10_000; ms++) histogram.record(ms);
    for (const quantile of [0.5, 0.9, 0.99, 0.999]) {
      expect(Math.abs(histogram.quantile(quantile) / (quantile * 10_000) - 1)).toBeLessThan(0.011);
    }
    expect(histogram.max).toBe(10_000);
    expect(histogram.count).toBe(10_000);
  });

  it('has no percentile without a duration', () => {
    expect(new Histogram().quantile(0.5)).toBeNaN();
    expect(new Histogram().max).toBeNaN();
  });
});

describe('randomness', () => {
  it('has normal quantiles: mean 0, deviation 1, symmetric', () => {
    const list = [...GAUSSIAN];
    const mean = list.reduce((a, b) => a + b, 0) / list.length;
    const variance = list.reduce((a, b) => a + b * b, 0) / list.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(variance).toBeCloseTo(1, 1);
    expect(list[0]).toBeCloseTo(-(list.at(-1) as number), 1);
    expect(list[512]).toBeCloseTo(0, 2);
  });

  it('repeats itself for the same seed and stream, and for no other', () => {
    const draw = (seed: number, stream: number) => {
      const random = new Random(seed, stream);
      return Array.from({ length: 5 }, () => random.bits());
    };
    expect(draw(1, 2)).toEqual(draw(1, 2));
    expect(draw(1, 2)).not.toEqual(draw(2, 1));
    expect(draw(1, 2)).not.toEqual(draw(1, 3));
  });

  it('spreads its bits evenly', () => {
    const random = new Random(5, 6);
    const counts = Array.from({ length: 16 }, () => 0);
    for (let i = 0; i < 16_000; i++) {
      const bucket = hash32(random.bits(), i) & 15;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    // Chi-squared with 15 degrees of freedom: 37.7 is exceeded once in a thousand.
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(37.7);
  });
});
