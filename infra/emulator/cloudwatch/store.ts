/** What was measured in the last hours, by the minute, in memory. */
import type { Measured } from '../base/events.ts';
import type { Input } from './definition.ts';
import { type MetricId, metricKey } from './metric.ts';
import {
  addSet,
  addValue,
  emptySample,
  merge,
  type Sample,
  type StatisticSet,
  statisticValue,
} from './statistic.ts';

interface Kept {
  metric: MetricId;
  unit: string;
  /** By minute since the epoch. */
  minutes: Map<number, Sample>;
}

const MINUTE_MS = 60_000;
/** Longer than any alarm of a day's work looks back; AWS keeps minutes for 15 days. */
const KEPT_MINUTES = 6 * 60;
/** AWS takes data points of up to two hours ahead; one of a wrong clock must not age all the others. */
export const AHEAD_MINUTES = 2 * 60;
/** Of further metrics nothing is kept. */
const MAX_METRICS = 2_000;

export class MetricStore {
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;
  /** When what is too old was last forgotten. */
  #minute = 0;

  /** @param now wall clock, ms since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param times how often the value was measured */
  add({ value, ...of }: Measured, times = 1): void {
    const sample = this.#sampleAt(of);
    if (sample && Number.isFinite(value)) addValue(sample, value, times);
  }

  addSet(of: Omit<Measured, 'value'>, set: StatisticSet): void {
    const sample = this.#sampleAt(of);
    if (sample) addSet(sample, set);
  }

  /** From a time until before another, both at full minutes. */
  read({ metric, statistic }: Input, fromMs: number, toMs: number): number | undefined {
    const minutes = this.#kept.get(metricKey(metric))?.minutes;
    if (!minutes) return undefined;
    const samples: Sample[] = [];
    for (let minute = Math.floor(fromMs / MINUTE_MS); minute < toMs / MINUTE_MS; minute += 1) {
      const sample = minutes.get(minute);
      if (sample) samples.push(sample);
    }
    return statisticValue(merge(samples), statistic);
  }

  metrics(): { metric: MetricId; unit: string }[] {
    return [...this.#kept.values()];
  }

  /** Undefined for a time of which nothing is kept. */
  #sampleAt({ unit, atMs = 0, ...metric }: Omit<Measured, 'value'>): Sample | undefined {
    const minute = Math.floor(atMs / MINUTE_MS);
    const nowMinute = Math.floor(this.#now() / MINUTE_MS);
    if (nowMinute !== this.#minute) this.#forget(nowMinute);
    if (!isKept(minute, nowMinute)) return undefined;
    const key = metricKey(metric);
    if (!this.#kept.has(key) && this.#kept.size >= MAX_METRICS) return undefined;
    const kept = this.#kept.get(key) ?? { metric, unit, minutes: new Map<number, Sample>() };
    this.#kept.set(key, kept);
    const sample = kept.minutes.get(minute) ?? emptySample();
    kept.minutes.set(minute, sample);
    return sample;
  }

  #forget(nowMinute: number): void {
    this.#minute = nowMinute;
    for (const { minutes } of this.#kept.values()) {
      for (const minute of minutes.keys()) if (!isKept(minute, nowMinute)) minutes.delete(minute);
    }
  }
}

const isKept = (minute: number, nowMinute: number): boolean =>
  minute >= nowMinute - KEPT_MINUTES && minute <= nowMinute + AHEAD_MINUTES;
