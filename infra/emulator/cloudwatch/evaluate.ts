/** One look at an alarm: its data points are read, its expressions evaluated, its state judged. Pure. */
import type { Alarm, Input } from './definition.ts';
import { evaluate, type Readings, type Series } from './math/evaluate.ts';
import { INITIAL_REASON, reasonOf } from './reason.ts';
import { type AlarmState, judge, rangeOf } from './state.ts';

/** The value of a metric from a time until before another; undefined where there is none. */
export type ReadMetric = (input: Input, fromMs: number, toMs: number) => number | undefined;

export interface Looked {
  state: AlarmState;
  /** In CloudWatch's words. */
  reason(): string;
  /** When the oldest period that was looked at began. */
  startMs: number;
  /** The data points that decided, oldest first. */
  recent: { startMs: number; value: number }[];
}

export const INITIAL: Looked = {
  state: 'INSUFFICIENT_DATA',
  reason: () => INITIAL_REASON,
  startMs: 0,
  recent: [],
};

const MINUTE_MS = 60_000;

/**
 * Periods end at the last full minute and slide with it: an alarm with a period of five minutes is evaluated on minutes
 * 1 to 5, then on minutes 2 to 6.
 */
export function look(
  alarm: Alarm,
  read: ReadMetric,
  nowMs: number,
  current: AlarmState,
  readings: Readings = { fillsEmpty: false },
): Looked {
  const range = rangeOf(alarm);
  const periodMs = alarm.periodSeconds * 1000;
  const endMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const startMs = (place: number) => endMs - (range - place) * periodMs;
  const known = new Map<string, Series>();
  const seriesOf = (id: string): Series => {
    const series = known.get(id) ?? readSeries(id);
    known.set(id, series);
    return series;
  };
  const readSeries = (id: string): Series => {
    const input = alarm.inputs.get(id);
    if (!input) return calculated(id);
    return Array.from({ length: range }, (_, place) => read(input, startMs(place), startMs(place + 1)));
  };
  const calculated = (id: string): Series => {
    const expression = alarm.expressions.get(id);
    if (!expression) throw new Error(`Alarm ${alarm.name} has no ${id}`);
    const value = evaluate(expression, seriesOf, readings);
    return typeof value === 'number' ? Array.from({ length: range }, () => value) : value;
  };

  const points = seriesOf(alarm.result);
  const verdict = judge(points, alarm, current);
  return {
    state: verdict.state,
    reason: () => reasonOf({ points, condition: alarm, verdict, startMs }),
    startMs: startMs(0),
    recent: verdict.evaluated.map((place) => ({ startMs: startMs(place), value: points[place] ?? 0 })),
  };
}
