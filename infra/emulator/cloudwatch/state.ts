/**
 * What state an alarm takes, given its data points: CloudWatch's user guide, "Alarm evaluation" and "Configuring how
 * CloudWatch alarms treat missing data", with its two tables and "Avoiding premature transitions".
 */
import type { Series } from './math/evaluate.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';
export type Comparison = keyof typeof COMPARISONS;

export interface Condition {
  comparison: Comparison;
  threshold: number;
  /** N: so many periods are looked at. */
  evaluationPeriods: number;
  /** M: so many of them must breach. */
  datapointsToAlarm: number;
  treatMissingData: MissingData;
}

export const COMPARISONS = {
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
} as const;

/** The range is longer than N. Both of AWS' tables have 5 periods for an N of 3; AWS publishes no formula. */
const EXTRA_PERIODS = 2;
export const rangeOf = ({ evaluationPeriods }: Condition): number => evaluationPeriods + EXTRA_PERIODS;

export interface Verdict {
  state: AlarmState;
  /** The real data points that decided, by their place in the range. */
  evaluated: number[];
  /** Periods that were filled in as the alarm treats missing data. */
  filled: number;
}

/** @param points of the whole range, oldest first */
export function judge(points: Series, condition: Condition, current: AlarmState): Verdict {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = condition;
  const existing = points.flatMap((value, i) => (value === undefined ? [] : i));
  const breaches = (i: number) => COMPARISONS[condition.comparison](points[i] as number, condition.threshold);
  // Real data points are taken before any is filled in, also from before the N periods.
  const evaluated = existing.slice(-evaluationPeriods);
  const filled = evaluationPeriods - evaluated.length;
  const breaching = evaluated.filter(breaches);
  const verdict = (state: AlarmState): Verdict => ({ state, evaluated, filled });

  const counted = breaching.length + (treatMissingData === 'breaching' ? filled : 0);
  if (counted >= datapointsToAlarm) return verdict('ALARM');
  if (filled === 0 || treatMissingData === 'breaching' || treatMissingData === 'notBreaching') {
    return verdict('OK');
  }
  if (breaching.length < evaluated.length) return verdict('OK');
  const [oldest] = breaching;
  // One that breached so long ago, with nothing better since, is enough.
  const isOld = oldest !== undefined && points.length - oldest >= datapointsToAlarm;
  if (treatMissingData === 'ignore') return verdict(current);
  return verdict(isOld ? 'ALARM' : 'INSUFFICIENT_DATA');
}
