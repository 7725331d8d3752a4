/** Anomalies of devices, and their effect on readings. */
import { METRICS, type Metric } from '../services/contract/reading.ts';
import type { AnomalyKind } from '../services/contract/truth.ts';
import type { Random } from './random.ts';
import { SENSORS } from './sensors.ts';

/** How long episodes of a kind last, in readings. */
const LENGTH: Record<AnomalyKind, { min: number; max: number }> = {
  spike: { min: 3, max: 6 },
  sustained: { min: 15, max: 45 },
  drift: { min: 20, max: 60 },
  stuck: { min: 20, max: 60 },
  noise: { min: 15, max: 45 },
  dropout: { min: 10, max: 30 },
};
const LONGEST = Math.max(...Object.values(LENGTH).map(({ max }) => max));

/** Half the width of the band in which a raised value varies. */
const WOBBLE = 0.4;
/** A silent device reaches no level. */
const SILENCE = { min: 0, max: 0 };
/** Share of a drift after which it has reached its level. */
const DRIFT_RISE = 0.6;

/** One anomaly of one device: which readings it affects, and how. */
export class Episode {
  readonly kind: AnomalyKind;
  /** Undefined for `dropout`, which silences the whole device. */
  readonly metric: Metric | undefined;
  /** Its length in readings, and how many of them have passed. */
  readonly length: number;
  private step: number;
  private readonly level: number;
  private held: number | undefined;
  private readonly random: Random;
  /** Event time of the first affected reading, in ms since the epoch. */
  startMs: number | undefined;
  /** Readings affected (for `dropout`: not made). */
  readings = 0;
  /** Largest distance from what would have been measured, in the metric's unit. */
  magnitude = 0;

  constructor(kind: AnomalyKind, metric: Metric | undefined, length: number, random: Random, step = 0) {
    this.kind = kind;
    this.metric = kind === 'dropout' ? undefined : metric;
    this.length = length;
    this.step = step;
    this.random = random;
    const { min, max } = this.metric === undefined ? SILENCE : SENSORS[this.metric].abnormal;
    this.level = random.between(min, max);
  }

  get over(): boolean {
    return this.step >= this.length;
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
        return this.level + this.random.between(-WOBBLE, WOBBLE);
      case 'drift': {
        const rise = Math.min(1, this.step / (DRIFT_RISE * this.length));
        return normal + (this.level - normal) * rise;
      }
      case 'stuck':
        this.held ??= normal;
        return this.held;
      case 'noise':
        return normal + SENSORS[metric].failing * this.random.gaussian();
      case 'dropout':
        return normal;
    }
  }
}

/**
 * When a device has anomalies by chance: an alternating renewal process on its readings, started in its steady
 * state, so that the expected share of readings inside an episode is `rate` from the first one on. (A process that
 * starts healthy falls short of its rate in every run that is not much longer than the gaps.)
 */
export class AnomalyProcess {
  private readonly random: Random;
  private readonly kinds: readonly AnomalyKind[];
  /** Mean number of readings between two episodes; a gap is geometric, so at least 1. */
  private readonly meanGap: number;
  /** Readings until the next episode. */
  private gap = 0;
  private next: Episode | undefined;

  constructor(rate: number, kinds: readonly AnomalyKind[], random: Random) {
    this.random = random;
    this.kinds = kinds;
    this.meanGap = (meanLength(kinds) * (1 - rate)) / rate;
    if (random.unit() < rate) this.next = this.underWay();
    else this.gap = this.drawGap();
  }

  /** The episode that begins with this reading, if any. Must be called once a reading while none is active. */
  begin(): Episode | undefined {
    if (this.gap > 0) {
      this.gap--;
      return undefined;
    }
    const episode = this.next ?? this.draw(this.random.pick(this.kinds));
    this.next = undefined;
    this.gap = this.drawGap();
    return episode;
  }

  private drawGap(): number {
    // A mean of 1 leaves log(0): every gap is then exactly 1.
    if (this.meanGap <= 1) return 1;
    return 1 + Math.floor(Math.log(1 - this.random.unit()) / Math.log(1 - 1 / this.meanGap));
  }

  private draw(kind: AnomalyKind): Episode {
    const { min, max } = LENGTH[kind];
    return new Episode(kind, this.random.pick(METRICS), this.random.integer(min, max), this.random);
  }

  /** An episode as seen by an observer at a random moment, who meets long ones more often. */
  private underWay(): Episode {
    for (;;) {
      const kind = this.random.pick(this.kinds);
      const { min, max } = LENGTH[kind];
      const length = this.random.integer(min, max);
      if (this.random.unit() * LONGEST > length) continue;
      return new Episode(
        kind,
        this.random.pick(METRICS),
        length,
        this.random,
        this.random.integer(0, length - 1),
      );
    }
  }
}

/** Expected readings of an episode. */
const meanLength = (kinds: readonly AnomalyKind[]) =>
  kinds.reduce((sum, kind) => sum + (LENGTH[kind].min + LENGTH[kind].max) / 2, 0) / kinds.length;

/** The largest rate that gaps of at least one reading allow. */
export const highestRate = (kinds: readonly AnomalyKind[]): number => {
  const mean = meanLength(kinds);
  return mean / (mean + 1);
};
