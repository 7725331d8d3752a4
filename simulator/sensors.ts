/**
 * The sensors of a simulated device, one row for each metric of the contract: their normal behaviour, and what they
 * show during an anomaly. Values are in the metric's unit.
 *
 * The order of the rows decides which random numbers a sensor gets: a new one at the end leaves the others as they are.
 */
import { METRIC_FIELDS, type Metric, type Range } from '../services/contract/reading.ts';

export interface Sensor {
  /** Range of the device's own level. */
  level: Range;
  /** Added to the level at full load. Load follows the working day and week. */
  perLoad: number;
  /** Delay behind the load: the time after which it has covered 63 % of the distance, in seconds. */
  lagSeconds: number;
  /** The level grows up to this value, faster under load, and then falls back. */
  fills?: { to: Range; perHour: Range };
  /** Standard deviation of the sensor's noise, and the time constant of its autocorrelation, in seconds. */
  noise: { deviation: number; seconds: number };
  /** Bounds of healthy values including noise, well inside every sensible threshold. */
  normal: Range;
  /** The level that a spike, a sustained anomaly or a drift reaches. */
  abnormal: Range;
  /** Standard deviation of the noise that a failing sensor adds. */
  failing: number;
  /** The range that the sensor can show. */
  shows: Range;
}

export const SENSORS: Record<Metric, Sensor> = {
  cpu: {
    ...{ level: { min: 8, max: 8 }, perLoad: 58, lagSeconds: 0, noise: { deviation: 1.8, seconds: 5 } },
    ...{ normal: { min: 3, max: 80 }, abnormal: { min: 97, max: 99.5 }, failing: 20 },
    shows: METRIC_FIELDS.cpu.range,
  },
  ram: {
    ...{ level: { min: 22, max: 38 }, perLoad: 30, lagSeconds: 60, noise: { deviation: 0.8, seconds: 30 } },
    ...{ normal: { min: 5, max: 82 }, abnormal: { min: 97, max: 99.5 }, failing: 20 },
    shows: METRIC_FIELDS.ram.range,
  },
  temperature: {
    ...{ level: { min: 36, max: 42 }, perLoad: 20, lagSeconds: 180, noise: { deviation: 0.4, seconds: 15 } },
    ...{ normal: { min: 25, max: 75 }, abnormal: { min: 93, max: 108 }, failing: 15 },
    shows: { min: -20, max: 150 },
  },
  hd: {
    ...{ level: { min: 25, max: 40 }, perLoad: 0, lagSeconds: 0, noise: { deviation: 0.05, seconds: 0 } },
    fills: { to: { min: 60, max: 76 }, perHour: { min: 0.1, max: 1.5 } },
    ...{ normal: { min: 15, max: 82 }, abnormal: { min: 97, max: 99.5 }, failing: 20 },
    shows: METRIC_FIELDS.hd.range,
  },
};
