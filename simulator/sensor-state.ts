/**
 * How the sensors of sensors.ts change from one reading to the next. All sensors of a device keep their numbers in one
 * array: in a fleet of thousands of devices, an object for each would cost more than the arithmetic.
 */
import { byMetric, type Metric, type Range } from '../services/contract/reading.ts';
import type { Random } from './random.ts';
import { SENSORS, type Sensor } from './sensors.ts';

/** Autocorrelated noise (AR(1)): the share that stays from one reading to the next, and the share that is new. */
export interface Noise {
  keep: number;
  fresh: number;
}

/** @param seconds between two readings */
export function noiseModel({ deviation, seconds: memory }: Sensor['noise'], seconds: number): Noise {
  const keep = Math.exp(-seconds / memory);
  return { keep, fresh: deviation * Math.sqrt(1 - keep * keep) };
}

/** A sensor's constants for a given time between two readings. */
export interface SensorModel extends Noise {
  /** Index of its numbers in the device's array. */
  at: number;
  level: Range;
  fills: Sensor['fills'];
  perLoad: number;
  /** Share of the distance to the load that it covers in one reading. */
  follow: number;
  hoursPerReading: number;
  min: number;
  max: number;
}

// Offsets in a sensor's numbers.
const VALUE = 0;
const NOISE = 1;
const LOAD = 2;
const LEVEL = 3;
const LOWEST = 4;
const HIGHEST = 5;
const PER_HOUR = 6;
const SIZE = 7;

const ORDER = Object.keys(SENSORS) as Metric[];
/** Index of each sensor's numbers. */
const AT = byMetric((metric) => ORDER.indexOf(metric) * SIZE);

/** One for each row of the table, in its order. */
export const sensorModels = (intervalMs: number): SensorModel[] =>
  ORDER.map((metric) => {
    const seconds = intervalMs / 1000;
    const { level, fills, perLoad, lagSeconds, noise, normal } = SENSORS[metric];
    return {
      ...{ at: AT[metric], level, fills, perLoad, follow: 1 - Math.exp(-seconds / lagSeconds) },
      ...{ hoursPerReading: seconds / 3600, ...noiseModel(noise, seconds), ...normal },
    };
  });

/** The numbers of all sensors of one device, which draws its own levels. */
export function sensorState(models: readonly SensorModel[], random: Random): Float64Array {
  const state = new Float64Array(models.length * SIZE);
  for (const { at, level, fills } of models) {
    const lowest = own(random, level);
    const highest = fills ? own(random, fills.to) : Number.POSITIVE_INFINITY;
    state[at + LOWEST] = lowest;
    state[at + HIGHEST] = highest;
    state[at + PER_HOUR] = fills ? own(random, fills.perHour) : 0;
    state[at + LEVEL] = fills ? random.between(lowest, highest) : lowest;
  }
  return state;
}

/** A device's own value. A value that all devices share takes no random number. */
const own = (random: Random, { min, max }: Range) => (min === max ? min : random.between(min, max));

/** Sets a sensor to its state after a long time under this load. */
export function warmUp(state: Float64Array, { at }: SensorModel, load: number): void {
  state[at + LOAD] = load;
}

/** Advances a sensor by one reading. */
export function moveOn(state: Float64Array, model: SensorModel, load: number, gaussian: number): void {
  const { at, min, max } = model;
  const noise = model.keep * (state[at + NOISE] as number) + model.fresh * gaussian;
  const before = state[at + LOAD] as number;
  const followed = before + model.follow * (load - before);
  const growth = (state[at + PER_HOUR] as number) * model.hoursPerReading * (0.5 + load);
  const grown = (state[at + LEVEL] as number) + growth;
  const level = grown > (state[at + HIGHEST] as number) ? (state[at + LOWEST] as number) : grown;
  const value = level + model.perLoad * followed + noise;
  state[at + NOISE] = noise;
  state[at + LOAD] = followed;
  state[at + LEVEL] = level;
  state[at + VALUE] = Math.min(max, Math.max(min, value));
}

/** The value that a sensor shows, in the metric's unit. */
export const shown = (state: Float64Array, metric: Metric): number => state[AT[metric] + VALUE] as number;
