/** One anomaly of one device or site: which readings it affects, and how. */
import type { Metric } from '../services/contract/reading.ts';
import type { AnomalyKind } from '../services/contract/truth.ts';
import type { Random } from './random.ts';
import { SENSORS } from './sensors.ts';

/** Half the width of the band in which a raised value varies. */
const WOBBLE = 0.4;
/** Share of a drift after which it has reached its level. */
const DRIFT_RISE = 0.6;
/** By how much a shift moves a value up, in the metric's unit: far too little for a threshold. */
const SHIFT = { min: 10, max: 25 };

/** Silence has no level. */
const isSilence = (kind: AnomalyKind): boolean => kind === 'dropout' || kind === 'outage';

export class Episode {
  readonly kind: AnomalyKind;
  /** Undefined for `dropout` and `outage`, which silence whole devices. */
  readonly metric: Metric | undefined;
  /** Its length in readings, and how many of them have passed. */
  readonly length: number;
  private step: number;
  /** What a value rises to; of a shift, by how much. */
  private readonly level: number;
  private held: number | undefined;
  private readonly random: Random;
  /** Event time of the first affected reading, in ms since the epoch. */
  startMs: number | undefined;
  /** Readings affected (of silence: not made). */
  readings = 0;
  /** Largest distance from what would have been measured, in the metric's unit. */
  magnitude = 0;

  constructor(kind: AnomalyKind, metric: Metric | undefined, length: number, random: Random, step = 0) {
    this.kind = kind;
    this.metric = isSilence(kind) ? undefined : metric;
    this.length = length;
    this.step = step;
    this.random = random;
    this.level = levelOf(kind, this.metric, random);
  }

  get over(): boolean {
    return this.step >= this.length;
  }

  get silent(): boolean {
    return this.metric === undefined;
  }

  /** Passes one reading, made at `timeMs`. */
  touch(timeMs: number): void {
    this.startMs ??= timeMs;
    this.readings++;
    this.step++;
  }

  /** The value that the sensor shows instead of `normal`. Must be called once a reading, after `touch`. */
  distort(normal: number): number {
    const { metric } = this;
    if (metric === undefined) return normal;
    const { shows } = SENSORS[metric];
    const shown = Math.min(shows.max, Math.max(shows.min, this.shape(normal, metric)));
    this.magnitude = Math.max(this.magnitude, Math.abs(shown - normal));
    return shown;
  }

  private shape(normal: number, metric: Metric): number {
    switch (this.kind) {
      case 'spike':
      case 'sustained':
        return this.raised();
      case 'drift': {
        const rise = Math.min(1, this.step / (DRIFT_RISE * this.length));
        // Its plateau moves like any raised value: a constant one would be a stuck sensor.
        return normal + (this.raised() - normal) * rise;
      }
      case 'stuck':
        this.held ??= normal;
        return this.held;
      case 'noise':
        return normal + SENSORS[metric].failing * this.random.gaussian();
      case 'shift':
        return normal + this.level;
      case 'dropout':
      case 'outage':
        return normal;
    }
  }

  private raised(): number {
    return this.level + this.random.between(-WOBBLE, WOBBLE);
  }
}

function levelOf(kind: AnomalyKind, metric: Metric | undefined, random: Random): number {
  const { min, max } =
    metric === undefined ? { min: 0, max: 0 } : kind === 'shift' ? SHIFT : SENSORS[metric].abnormal;
  return random.between(min, max);
}
