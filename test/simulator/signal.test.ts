import { describe, expect, it } from 'vitest';
import { METRICS, type Metric } from '../../services/contract/reading.ts';
import { SENSORS } from '../../simulator/sensors.ts';
import { DeviceSignals, SignalModel } from '../../simulator/signal.ts';

const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = mean(a.map((x, i) => (x - ma) * ((b[i] as number) - mb)));
  const deviation = (list: readonly number[], m: number) => Math.sqrt(mean(list.map((x) => (x - m) ** 2)));
  return covariance / (deviation(a, ma) * deviation(b, mb));
}

/** Series of a device's metrics, from the signal clock's start. */
function series(device: number, intervalMs: number, length: number, seed = 1): Record<Metric, number[]> {
  const signals = new DeviceSignals(new SignalModel(intervalMs), seed, device);
  const values: Record<Metric, number[]> = { temperature: [], cpu: [], ram: [], hd: [] };
  for (let i = 0; i < length; i++) {
    signals.advance();
    for (const metric of METRICS) values[metric].push(signals.get(metric));
  }
  return values;
}

const MINUTE = 60_000;
const DAY = 1440;

describe('a healthy device', () => {
  it('stays far from every sensible threshold, for weeks and for every device', () => {
    const seen = { temperature: 0, cpu: 0, ram: 0, hd: 0 };
    for (let device = 0; device < 60; device++) {
      const values = series(device, 5 * MINUTE, (14 * DAY) / 5, device % 5);
      for (const metric of METRICS) {
        seen[metric] = Math.max(seen[metric], ...values[metric]);
        expect(Math.min(...values[metric])).toBeGreaterThanOrEqual(SENSORS[metric].normal.min);
      }
    }
    expect(seen.temperature).toBeLessThan(75);
    expect(seen.cpu).toBeLessThanOrEqual(80);
    expect(seen.ram).toBeLessThanOrEqual(82);
    expect(seen.hd).toBeLessThanOrEqual(82);
  });

  it('works more in the afternoon than at night, and more on Wednesday than on Sunday', () => {
    const cpu = Array.from({ length: 20 }, (_, device) => series(device, MINUTE, 7 * DAY).cpu);
    // The signal clock starts on a Monday at 08:00.
    const around = (day: number, hour: number) => {
      const from = day * DAY + (hour - 8) * 60;
      return mean(cpu.flatMap((values) => values.slice(from, from + 60)));
    };
    expect(around(2, 14)).toBeGreaterThan(around(3, 3) + 5);
    expect(around(2, 14)).toBeGreaterThan(around(6, 14) + 5);
  });

  it('has noise that remembers, unlike white noise', () => {
    const { cpu, temperature } = series(3, 1000, 3600);
    for (const values of [cpu, temperature]) {
      expect(correlation(values.slice(0, -1), values.slice(1))).toBeGreaterThan(0.8);
    }
  });

  it('warms up with its load, later than the load', () => {
    const { cpu, temperature } = series(5, 10_000, 20_000);
    const lagged = (steps: number) =>
      correlation(cpu.slice(0, -steps || undefined), temperature.slice(steps));
    expect(lagged(9)).toBeGreaterThan(0.6);
    expect(lagged(9)).toBeGreaterThan(lagged(0) + 0.02);
  });

  it('fills its disk slowly and cleans it up', () => {
    const { hd } = series(7, 5 * MINUTE, (21 * DAY) / 5);
    const steps = hd.slice(1).map((value, i) => value - (hd[i] as number));
    const cleanUps = steps.filter((step) => step < -5);
    expect(cleanUps.length).toBeGreaterThan(0);
    expect(mean(steps.filter((step) => step >= -5))).toBeGreaterThan(0);
  });

  it('differs from other devices', () => {
    const levels = Array.from({ length: 30 }, (_, device) => mean(series(device, 1000, 60).temperature));
    expect(Math.max(...levels) - Math.min(...levels)).toBeGreaterThan(3);
  });
});
