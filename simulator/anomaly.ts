/** Anomalies by chance: which kinds, how long, how often. */
import { METRICS } from '../services/contract/reading.ts';
import type { DeviceAnomaly } from '../services/contract/truth.ts';
import { Episode } from './episode.ts';
import type { Random } from './random.ts';

/** The kinds of a mixed run. A shift lasts hours, and would leave no time for the others: it is asked for by name. */
export const MIXED_ANOMALIES = ['spike', 'sustained', 'drift', 'stuck', 'noise', 'dropout'] as const;

interface Span {
  min: number;
  max: number;
}

const MINUTE_MS = 60_000;
const NO_TIME = { min: 0, max: 0 };
const minutes = (min: number, max: number): Span => ({ min: min * MINUTE_MS, max: max * MINUTE_MS });

/**
 * How long episodes of a kind last: a time, as faults of machines do, and at least a number of readings, so that a slow
 * fleet shows them too. A spike is a matter of readings alone.
 */
const LASTS: Record<DeviceAnomaly, { readings: Span; timeMs: Span }> = {
  spike: { readings: { min: 3, max: 6 }, timeMs: NO_TIME },
  sustained: { readings: { min: 15, max: 45 }, timeMs: minutes(1, 3) },
  drift: { readings: { min: 20, max: 60 }, timeMs: minutes(3, 8) },
  stuck: { readings: { min: 20, max: 60 }, timeMs: minutes(12, 30) },
  noise: { readings: { min: 15, max: 45 }, timeMs: minutes(1, 4) },
  dropout: { readings: { min: 10, max: 30 }, timeMs: minutes(10, 20) },
  shift: { readings: { min: 30, max: 60 }, timeMs: minutes(120, 360) },
};

/** The length of a kind, in readings of a device that makes one every `intervalMs`. */
function lengthOf(kind: DeviceAnomaly, intervalMs: number): Span {
  const { readings, timeMs } = LASTS[kind];
  return {
    min: Math.max(readings.min, Math.ceil(timeMs.min / intervalMs)),
    max: Math.max(readings.max, Math.ceil(timeMs.max / intervalMs)),
  };
}

/**
 * When a device has anomalies by chance: an alternating renewal process on its readings, started in its steady
 * state, so that the expected share of readings inside an episode is `rate` from the first one on. (A process that
 * starts healthy falls short of its rate in every run that is not much longer than the gaps.)
 */
export class AnomalyProcess {
  private readonly random: Random;
  private readonly kinds: readonly { kind: DeviceAnomaly; length: Span }[];
  private readonly longest: number;
  /** Mean number of readings between two episodes; a gap is geometric, so at least 1. */
  private readonly meanGap: number;
  /** Readings until the next episode. */
  private gap = 0;
  private next: Episode | undefined;

  constructor(rate: number, kinds: readonly DeviceAnomaly[], intervalMs: number, random: Random) {
    this.random = random;
    this.kinds = kinds.map((kind) => ({ kind, length: lengthOf(kind, intervalMs) }));
    this.longest = Math.max(...this.kinds.map(({ length }) => length.max));
    this.meanGap = (meanLength(kinds, intervalMs) * (1 - rate)) / rate;
    if (random.unit() < rate) this.next = this.underWay();
    else this.gap = this.drawGap();
  }

  /** The episode that begins with this reading, if any. Must be called once a reading while none is active. */
  begin(): Episode | undefined {
    if (this.gap > 0) {
      this.gap--;
      return undefined;
    }
    const episode = this.next ?? this.draw();
    this.next = undefined;
    this.gap = this.drawGap();
    return episode;
  }

  private drawGap(): number {
    // A mean of 1 leaves log(0): every gap is then exactly 1.
    if (this.meanGap <= 1) return 1;
    return 1 + Math.floor(Math.log(1 - this.random.unit()) / Math.log(1 - 1 / this.meanGap));
  }

  private draw(): Episode {
    const { kind, length } = this.random.pick(this.kinds);
    const metric = this.random.pick(METRICS);
    return new Episode(kind, metric, this.random.integer(length.min, length.max), this.random);
  }

  /** An episode as seen by an observer at a random moment, who meets long ones more often. */
  private underWay(): Episode {
    for (;;) {
      const { kind, length: span } = this.random.pick(this.kinds);
      const length = this.random.integer(span.min, span.max);
      if (this.random.unit() * this.longest > length) continue;
      const metric = this.random.pick(METRICS);
      return new Episode(kind, metric, length, this.random, this.random.integer(0, length - 1));
    }
  }
}

/** Expected readings of an episode. */
const meanLength = (kinds: readonly DeviceAnomaly[], intervalMs: number) =>
  kinds
    .map((kind) => lengthOf(kind, intervalMs))
    .reduce((sum, { min, max }) => sum + (min + max) / 2 / kinds.length, 0);

/** The largest rate that gaps of at least one reading allow. */
export const highestRate = (kinds: readonly DeviceAnomaly[], intervalMs: number): number => {
  const mean = meanLength(kinds, intervalMs);
  return mean / (mean + 1);
};
