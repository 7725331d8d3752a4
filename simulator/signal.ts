/**
 * What a healthy device measures: `advance()` one reading, then `get(metric)`.
 *
 * A hidden load follows the working day and week; cpu follows it at once, ram and temperature with a lag. The disk
 * grows slowly and is cleaned up. Noise is autocorrelated (AR(1)), because that of real sensors is. Devices differ
 * in level and rhythm. The signal has its own clock: it starts on a Monday morning and moves one interval a reading,
 * so values depend on the seed, the device and the number of the reading, and never on when the program ran.
 */
import type { Metric } from '../services/contract/reading.ts';
import { GAUSSIAN, GAUSSIAN_SIZE, Random } from './random.ts';

const MINUTES_PER_WEEK = 7 * 24 * 60;
/** Where the signal clock starts: Monday 08:00, in minutes of the week. */
const START_MINUTE = 8 * 60;
const MASK = GAUSSIAN_SIZE - 1;

/** Bounds that healthy values keep, whatever the noise does: well inside every sensible alarm limit. */
export const NORMAL_RANGE: Record<Metric, { min: number; max: number }> = {
  temperature: { min: 25, max: 75 },
  cpu: { min: 3, max: 80 },
  ram: { min: 5, max: 82 },
  hd: { min: 15, max: 82 },
};

/** The week's rhythm, one value in [-1, 1] a minute, Monday first: high at 14:00, low at night, lower at weekends. */
const WEEK = Float64Array.from({ length: MINUTES_PER_WEEK + 1 }, (_, minute) => {
  const day = Math.floor(minute / 1440) % 7;
  const daily = Math.cos(((minute % 1440) / 1440 - 14 / 24) * 2 * Math.PI);
  return day < 5 ? daily : daily * 0.4 - 0.4;
});

const LOAD_RANGE = { min: 0.02, max: 1 };

const clamp = (value: number, { min, max }: { min: number; max: number }) =>
  value < min ? min : value > max ? max : value;

/** An autocorrelated noise: how much stays from one reading to the next, and how much is new. */
interface Noise {
  keep: number;
  fresh: number;
}

/** Everything that depends on the time between two readings, computed once for a fleet. */
export class SignalModel {
  readonly minutesPerStep: number;
  /** Share of the way to the load that ram and temperature go in one step. */
  readonly ramFollow: number;
  readonly temperatureFollow: number;
  readonly loadNoise: Noise;
  readonly cpuNoise: Noise;
  readonly ramNoise: Noise;
  readonly temperatureNoise: Noise;
  readonly hoursPerStep: number;

  /** @param intervalMs time between two readings of a device */
  constructor(intervalMs: number) {
    const seconds = intervalMs / 1000;
    const noise = (timeConstant: number, deviation: number): Noise => {
      const keep = Math.exp(-seconds / timeConstant);
      return { keep, fresh: deviation * Math.sqrt(1 - keep * keep) };
    };
    const follow = (timeConstant: number) => 1 - Math.exp(-seconds / timeConstant);
    this.minutesPerStep = seconds / 60;
    this.hoursPerStep = seconds / 3600;
    this.ramFollow = follow(60);
    this.temperatureFollow = follow(180);
    this.loadNoise = noise(120, 0.06);
    this.cpuNoise = noise(5, 1.8);
    this.ramNoise = noise(30, 0.8);
    this.temperatureNoise = noise(15, 0.4);
  }
}

export class DeviceSignals {
  private readonly model: SignalModel;
  private readonly random: Random;
  private minute: number;
  private readonly loadLevel: number;
  private readonly loadSwing: number;
  private readonly ramLevel: number;
  private readonly temperatureLevel: number;
  private readonly diskLow: number;
  private readonly diskHigh: number;
  /** Percent of the disk per hour. */
  private readonly diskGrowth: number;
  private disk: number;
  private loadNoise = 0;
  private cpuNoise = 0;
  private ramNoise = 0;
  private temperatureNoise = 0;
  private ramLoad: number;
  private temperatureLoad: number;
  private temperature = 0;
  private cpu = 0;
  private ram = 0;
  private hd = 0;

  constructor(model: SignalModel, seed: number, device: number) {
    const random = new Random(seed, device);
    this.model = model;
    this.random = random;
    this.minute = START_MINUTE + random.between(-90, 90);
    this.loadLevel = random.between(0.28, 0.48);
    this.loadSwing = random.between(0.08, 0.24);
    this.ramLevel = random.between(22, 38);
    this.temperatureLevel = random.between(36, 42);
    this.diskLow = random.between(25, 40);
    this.diskHigh = random.between(60, 76);
    this.diskGrowth = random.between(0.1, 1.5);
    this.disk = random.between(this.diskLow, this.diskHigh);
    this.loadNoise = random.gaussian() * 0.06;
    // A device that is switched on long before the first reading has warmed up already.
    const load = this.load();
    this.ramLoad = load;
    this.temperatureLoad = load;
  }

  /** Moves on by one reading. */
  advance(): void {
    const { model, random } = this;
    // Two draws of 32 bits hold the five gaussian indices of 10 bits.
    const first = random.bits();
    const second = random.bits();
    const { loadNoise, cpuNoise, ramNoise, temperatureNoise } = model;

    this.minute += model.minutesPerStep;
    if (this.minute >= MINUTES_PER_WEEK) this.minute %= MINUTES_PER_WEEK;
    this.loadNoise = loadNoise.keep * this.loadNoise + loadNoise.fresh * gaussian(first);
    this.cpuNoise = cpuNoise.keep * this.cpuNoise + cpuNoise.fresh * gaussian(first >>> 10);
    this.ramNoise = ramNoise.keep * this.ramNoise + ramNoise.fresh * gaussian(first >>> 20);
    this.temperatureNoise =
      temperatureNoise.keep * this.temperatureNoise + temperatureNoise.fresh * gaussian(second);

    const load = this.load();
    this.ramLoad += model.ramFollow * (load - this.ramLoad);
    this.temperatureLoad += model.temperatureFollow * (load - this.temperatureLoad);
    this.disk += this.diskGrowth * model.hoursPerStep * (0.5 + load);
    if (this.disk > this.diskHigh) this.disk = this.diskLow;

    this.cpu = clamp(8 + 58 * load + this.cpuNoise, NORMAL_RANGE.cpu);
    this.ram = clamp(this.ramLevel + 30 * this.ramLoad + this.ramNoise, NORMAL_RANGE.ram);
    this.temperature = clamp(
      this.temperatureLevel + 20 * this.temperatureLoad + this.temperatureNoise,
      NORMAL_RANGE.temperature,
    );
    this.hd = clamp(this.disk + 0.05 * gaussian(second >>> 10), NORMAL_RANGE.hd);
  }

  /** The metric's value at this reading, in its unit. */
  get(metric: Metric): number {
    return this[metric];
  }

  /** Share of its capacity at which the device works, 0 to 1. */
  private load(): number {
    const index = Math.floor(this.minute);
    const here = WEEK[index] as number;
    const rhythm = here + (this.minute - index) * ((WEEK[index + 1] as number) - here);
    return clamp(this.loadLevel + this.loadSwing * rhythm + this.loadNoise, LOAD_RANGE);
  }
}

const gaussian = (bits: number) => GAUSSIAN[bits & MASK] as number;
