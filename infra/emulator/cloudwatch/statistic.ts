/** Statistics of what was measured in a period. Values are kept in classes of 10 %, as for CloudWatch's percentiles. */
import { SetupError } from '../base/setup-error.ts';

/** What was measured of a metric in some time, of limited size however much it is. */
export interface Sample {
  count: number;
  sum: number;
  min: number;
  max: number;
  /** How many values fell into a class, by its number. */
  classes: Map<number, number>;
}

export type Statistic =
  | { kind: 'Sum' | 'Average' | 'Minimum' | 'Maximum' | 'SampleCount' }
  | { kind: 'percentile'; share: number };

const SIMPLE = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'] as const;
/** Each class reaches a tenth above its lower end. */
const GROWTH = Math.log(1.1);
/** The class of 0; numbers below it are mirrored. */
const ZERO = 0;
const OFFSET = 10_000;

/** @throws SetupError for a statistic that is not known here */
export function statisticOf(name: string): Statistic {
  const kind = SIMPLE.find((one) => one === name);
  if (kind) return { kind };
  const percent = Number(/^p(\d+(?:\.\d+)?)$/.exec(name)?.[1]);
  if (percent >= 0 && percent <= 100) return { kind: 'percentile', share: percent / 100 };
  throw new SetupError(
    `The statistic ${name} is not known here: expected ${SIMPLE.join(', ')}, or such as p99`,
  );
}

export const emptySample = (): Sample => ({
  ...{ count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY },
  classes: new Map(),
});

/** @param times how often the value was measured */
export function addValue(sample: Sample, value: number, times = 1): void {
  sample.count += times;
  sample.sum += value * times;
  sample.min = Math.min(sample.min, value);
  sample.max = Math.max(sample.max, value);
  const place = classOf(value);
  sample.classes.set(place, (sample.classes.get(place) ?? 0) + times);
}

/** What a client has summed up by itself: of the values in between nothing is known. */
export interface StatisticSet {
  SampleCount: number;
  Sum: number;
  Minimum: number;
  Maximum: number;
}

export function addSet(sample: Sample, { SampleCount, Sum, Minimum, Maximum }: StatisticSet): void {
  if (Minimum === Maximum) {
    addValue(sample, Minimum, SampleCount);
    return;
  }
  sample.count += SampleCount;
  sample.sum += Sum;
  sample.min = Math.min(sample.min, Minimum);
  sample.max = Math.max(sample.max, Maximum);
}

export function merge(samples: readonly Sample[]): Sample {
  const merged = emptySample();
  for (const { count, sum, min, max, classes } of samples) {
    merged.count += count;
    merged.sum += sum;
    merged.min = Math.min(merged.min, min);
    merged.max = Math.max(merged.max, max);
    for (const [place, times] of classes) merged.classes.set(place, (merged.classes.get(place) ?? 0) + times);
  }
  return merged;
}

/** Undefined where nothing was measured. */
export function statisticValue(sample: Sample, statistic: Statistic): number | undefined {
  if (sample.count === 0) return undefined;
  switch (statistic.kind) {
    case 'Sum':
      return sample.sum;
    case 'Average':
      return sample.sum / sample.count;
    case 'Minimum':
      return sample.min;
    case 'Maximum':
      return sample.max;
    case 'SampleCount':
      return sample.count;
    case 'percentile':
      return percentile(sample, statistic.share);
  }
}

/** Undefined where it holds sets, of which CloudWatch has no percentiles either. */
function percentile({ count, min, max, classes }: Sample, share: number): number | undefined {
  const classed = [...classes.values()].reduce((sum, times) => sum + times, 0);
  if (count - classed >= 1) return undefined;
  const wanted = Math.max(1, Math.ceil(share * count));
  let seen = 0;
  for (const [place, times] of [...classes].sort(([a], [b]) => a - b)) {
    seen += times;
    if (seen >= wanted) return Math.min(max, Math.max(min, middleOf(place)));
  }
  return max;
}

function classOf(value: number): number {
  if (value === 0) return ZERO;
  const place = Math.floor(Math.log(Math.abs(value)) / GROWTH) + OFFSET;
  return value > 0 ? place : -place;
}

function middleOf(place: number): number {
  if (place === ZERO) return 0;
  const middle = Math.exp((Math.abs(place) - OFFSET + 0.5) * GROWTH);
  return place > 0 ? middle : -middle;
}
