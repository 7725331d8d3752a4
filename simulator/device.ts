/** One simulated device: its healthy signals, and what its anomalies make of them. */
import type { Metric } from '../services/contract/reading.ts';
import type { Course, Subject } from './course.ts';
import type { DeviceSignals } from './signal.ts';

export class Device implements Subject {
  readonly deviceId: string;
  readonly siteId: string;
  /** Number of the next reading. Silence leaves no gap in the numbers. */
  seq = 0;
  private readonly signals: DeviceSignals;
  /** A device without one stays healthy. */
  readonly course: Course | undefined;

  constructor(deviceId: string, siteId: string, signals: DeviceSignals, course?: Course) {
    this.deviceId = deviceId;
    this.siteId = siteId;
    this.signals = signals;
    this.course = course;
  }

  /** Advances to the reading at `timeMs`. False: the device is silent, and there is none. */
  advance(timeMs: number): boolean {
    this.signals.advance();
    return this.course?.advance(timeMs) ?? true;
  }

  /** The metric as the sensor shows it, in its unit. Must be called once a reading. */
  get(metric: Metric): number {
    let value = this.signals.get(metric);
    const { course } = this;
    if (course === undefined || course.active.length === 0) return value;
    for (const episode of course.active) if (episode.metric === metric) value = episode.distort(value);
    return value;
  }

  /** Whether an anomaly is under way. */
  get anomalous(): boolean {
    return this.course !== undefined && this.course.active.length > 0;
  }
}
