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
/** Of further metrics nothing is kept. */
const MAX_METRICS = 2_000;

export class MetricStore {
  readonly #kept = new Map<string, Kept>();
  #newest = 0;

  /** @param times how often the value was measured */
  add({ namespace, name, dimensions, unit, value, atMs = 0 }: Measured, times = 1): void {
    const sample = this.#sampleAt({ namespace, name, dimensions }, unit, atMs);
    if (sample && Number.isFinite(value)) addValue(sample, value, times);
  }

  addSet({ namespace, name, dimensions, unit, atMs }: Omit<Measured, 'value'>, set: StatisticSet): void {
    const sample = this.#sampleAt({ namespace, name, dimensions }, unit, atMs ?? 0);
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

  #sampleAt(metric: MetricId, unit: string, atMs: number): Sample | undefined {
    const key = metricKey(metric);
    const minute = Math.floor(atMs / MINUTE_MS);
    if (minute < this.#newest - KEPT_MINUTES) return undefined;
    if (minute > this.#newest) this.#forget(minute);
    if (!this.#kept.has(key) && this.#kept.size >= MAX_METRICS) return undefined;
    const kept = this.#kept.get(key) ?? { metric, unit, minutes: new Map<number, Sample>() };
    this.#kept.set(key, kept);
    const sample = kept.minutes.get(minute) ?? emptySample();
    kept.minutes.set(minute, sample);
    return sample;
  }

  #forget(newest: number): void {
    this.#newest = newest;
    for (const { minutes } of this.#kept.values()) {
      for (const minute of minutes.keys()) if (minute < newest - KEPT_MINUTES) minutes.delete(minute);
    }
  }
}
