/**
 * What is usual for one metric of one device, in five numbers: how far the mean of the last hour is from the mean of the
 * last week, in units of how far it usually is, discounted by the worst that was seen lately. Pure.
 *
 * Deviations are not clipped before they are learnt from: a new level would never become usual.
 */
import { WARM_UP_MS } from '../contract/learning.ts';

/** All but `n` with the precision of 32 bits, as they are stored. */
export interface Usual {
  /** Values so far, at most {@link MOST_VALUES}. */
  readonly n: number;
  /** The mean of about a week. */
  readonly mean: number;
  /** How far the mean of about an hour is from it. */
  readonly fast: number;
  /** The mean square of that. */
  readonly power: number;
  /** The largest `z` of late. */
  readonly peak: number;
}

/** How fast it learns, by the time between two values. */
export interface Pace {
  readonly slow: number;
  readonly fast: number;
  /** Share of `peak` that is left after a period. */
  readonly keep: number;
  /** Values after which `peak` may be more than {@link EARLY_PEAK}. */
  readonly early: number;
  /** Values before anything is called unusual: two days of them. */
  readonly warmUp: number;
}

/** What a value looks like to what was usual before it. */
export interface Outlook {
  /** The mean of the last hour. */
  readonly level: number;
  readonly before: Usual;
  /** How many times as far as usual the last hour is from the week. */
  readonly z: number;
  /** Whether enough was seen to call anything unusual. */
  readonly isLearnt: boolean;
}

export const MOST_VALUES = 0xffff;
const PERIOD_OF_RATES_MS = 5 * 60_000;
const SLOW_RATE = 0.0005;
const FAST_RATE = 0.08;
const KEEP = 0.9995;
const EARLY_VALUES = 100;
const EARLY_PEAK = 3;
const HIGHEST_Z = 30;
/** Keeps a metric that has never moved from dividing by zero. */
const LEAST = 1e-9;

/** @param periodMs time between two values */
export function paceOf(periodMs: number): Pace {
  const times = periodMs / PERIOD_OF_RATES_MS;
  return {
    slow: 1 - (1 - SLOW_RATE) ** times,
    fast: 1 - (1 - FAST_RATE) ** times,
    keep: KEEP ** times,
    early: Math.ceil(EARLY_VALUES / times),
    warmUp: Math.ceil(WARM_UP_MS / periodMs),
  };
}

const nothingKnown = (x: number): Usual => ({ n: 0, mean: Math.fround(x), fast: 0, power: 0, peak: 0 });

/** One value further. */
export function learn(known: Usual | undefined, x: number, pace: Pace): { next: Usual; outlook: Outlook } {
  const before = known ?? nothingKnown(x);
  const { n, mean } = before;
  const slowRate = Math.max(pace.slow, 1 / (n + 1));
  const fastRate = Math.max(pace.fast, 1 / (n + 1));
  const deviation = x - mean;
  const fast = Math.fround(before.fast + fastRate * (deviation - before.fast));
  const z = Math.min(HIGHEST_Z, Math.abs(fast) / (Math.sqrt(before.power) + LEAST));
  const peak = Math.max(z, before.peak * pace.keep);
  const next: Usual = {
    n: Math.min(MOST_VALUES, n + 1),
    mean: Math.fround(mean + slowRate * deviation),
    fast,
    power: Math.fround((1 - slowRate) * (before.power + slowRate * fast * fast)),
    peak: Math.fround(n < pace.early ? Math.min(peak, EARLY_PEAK) : peak),
  };
  return { next, outlook: { level: mean + fast, before, z, isLearnt: n >= pace.warmUp } };
}

/** An outlook with its place in time. */
export interface DatedOutlook extends Outlook {
  /** Beginning of the period that was looked at, ms since the epoch. */
  readonly period: number;
}

/** What a rule calls unusual. */
export interface Limits {
  /** Of the score: the lower, the more is unusual. */
  readonly score: number;
  /** A smaller change is never unusual, in the metric's unit. */
  readonly minimumChange: number;
  readonly direction: 'above' | 'below' | 'both';
}

export const scoreOf = ({ z, before }: Outlook): number => z * Math.sqrt(z / (before.peak + 1));

export function isUnusual(outlook: Outlook, { score, minimumChange, direction }: Limits): boolean {
  const change = outlook.level - outlook.before.mean;
  if (!outlook.isLearnt || Math.abs(change) < minimumChange) return false;
  if (direction !== 'both' && (direction === 'above') !== change > 0) return false;
  return scoreOf(outlook) >= score;
}

/** The means of an hour that are not unusual, whatever the direction: the inverse of the score. */
export function bandOf({ before }: Outlook, { score, minimumChange }: Limits): { min: number; max: number } {
  const furthest = Math.cbrt(score * score * (before.peak + 1)) * (Math.sqrt(before.power) + LEAST);
  const half = Math.max(minimumChange, furthest);
  return { min: before.mean - half, max: before.mean + half };
}
