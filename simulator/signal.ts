/**
 * The measurements of a healthy device: `advance()` by one reading, then `get(metric)`.
 *
 * A hidden load follows the working day and week, and sensors follow the load as their rows in sensors.ts say. Noise is
 * autocorrelated, because that of real sensors is. Devices differ in level and rhythm. The signal has its own clock: it
 * starts on a Monday morning and moves one interval a reading, so values depend on the seed, the device and the number
 * of the reading, and never on when the program ran.
 */
import type { Metric, Range } from '../services/contract/reading.ts';
import { GAUSSIAN, GAUSSIAN_SIZE, Random } from './random.ts';
import {
  moveOn,
  type Noise,
  noiseModel,
  type SensorModel,
  sensorModels,
  sensorState,
  shown,
  warmUp,
} from './sensor-state.ts';

const MINUTES_PER_WEEK = 7 * 24 * 60;
/** Where the signal clock starts: Monday 08:00, in minutes of the week. */
const START_MINUTE = 8 * 60;
/** A draw of 32 bits holds three gaussian indices of 10 bits. */
const INDEX_BITS = 10;
const INDICES_PER_DRAW = 3;
const INDEX_MASK = GAUSSIAN_SIZE - 1;

/** The week's rhythm, one value in [-1, 1] a minute, Monday first: high at 14:00, low at night, lower at weekends. */
const WEEK = Float64Array.from({ length: MINUTES_PER_WEEK + 1 }, (_, minute) => {
  const day = Math.floor(minute / 1440) % 7;
  const daily = Math.cos(((minute % 1440) / 1440 - 14 / 24) * 2 * Math.PI);
  return day < 5 ? daily : daily * 0.4 - 0.4;
});

const LOAD_RANGE = { min: 0.02, max: 1 };
const LOAD_NOISE = { deviation: 0.06, seconds: 120 };

const clamp = (value: number, { min, max }: Range) => (value < min ? min : value > max ? max : value);
const gaussian = (bits: number) => GAUSSIAN[bits & INDEX_MASK] as number;

/** Values that depend on the time between two readings, computed once for a fleet. */
export class SignalModel {
  readonly minutesPerReading: number;
  readonly loadNoise: Noise;
  readonly sensors: readonly SensorModel[];

  /** @param intervalMs time between two readings of a device */
  constructor(intervalMs: number) {
    this.minutesPerReading = intervalMs / 60_000;
    this.loadNoise = noiseModel(LOAD_NOISE, intervalMs / 1000);
    this.sensors = sensorModels(intervalMs);
  }
}

export class DeviceSignals {
  private readonly model: SignalModel;
  private readonly random: Random;
  private readonly sensors: Float64Array;
  private minute: number;
  private readonly loadLevel: number;
  private readonly loadSwing: number;
  private loadNoise = 0;

  constructor(model: SignalModel, seed: number, device: number) {
    const random = new Random(seed, device);
    this.model = model;
    this.random = random;
    this.minute = START_MINUTE + random.between(-90, 90);
    this.loadLevel = random.between(0.28, 0.48);
    this.loadSwing = random.between(0.08, 0.24);
    this.sensors = sensorState(model.sensors, random);
    this.loadNoise = random.gaussian() * LOAD_NOISE.deviation;
    // The device was switched on long before the first reading, so it has warmed up.
    for (const sensor of model.sensors) warmUp(this.sensors, sensor, this.load());
  }

  /** Advances by one reading. */
  advance(): void {
    const { model, random } = this;
    this.minute += model.minutesPerReading;
    if (this.minute >= MINUTES_PER_WEEK) this.minute %= MINUTES_PER_WEEK;
    let bits = random.bits();
    let used = 1;
    this.loadNoise = model.loadNoise.keep * this.loadNoise + model.loadNoise.fresh * gaussian(bits);
    const load = this.load();
    for (const sensor of model.sensors) {
      bits = used < INDICES_PER_DRAW ? bits >>> INDEX_BITS : random.bits();
      used = used < INDICES_PER_DRAW ? used + 1 : 1;
      moveOn(this.sensors, sensor, load, gaussian(bits));
    }
  }

  /** The metric's value at this reading, in its unit. */
  get(metric: Metric): number {
    return shown(this.sensors, metric);
  }

  /** The load of the device as a share of its capacity, 0 to 1. */
  private load(): number {
    const index = Math.floor(this.minute);
    const here = WEEK[index] as number;
    const rhythm = here + (this.minute - index) * ((WEEK[index + 1] as number) - here);
    return clamp(this.loadLevel + this.loadSwing * rhythm + this.loadNoise, LOAD_RANGE);
  }
}
