import { describe, expect, it } from 'vitest';
import { DEVICE_ANOMALIES, type DeviceAnomaly, type TruthEpisode } from '../../services/contract/truth.ts';
import { AnomalyProcess, MIXED_ANOMALIES } from '../../simulator/anomaly.ts';
import { Fleet, type FleetOptions } from '../../simulator/fleet.ts';
import { Random } from '../../simulator/random.ts';
import { episodeTruth } from '../../simulator/truth.ts';
import type { PackedRecord } from '../../simulator/wire.ts';
import type { FullReading } from '../support/full-reading.ts';
import { byDevice, drain, play, readingsOf, START_MS } from './support/collect.ts';

interface Outcome {
  records: PackedRecord[];
  truth: TruthEpisode[];
  fleet: Fleet;
}

function fleetOf(options: Partial<FleetOptions>): Pick<Outcome, 'truth' | 'fleet'> {
  const truth: TruthEpisode[] = [];
  const fleet = new Fleet({
    seed: 1,
    devices: 4,
    intervalMs: 1000,
    durationMs: 60_000,
    anomalyKinds: MIXED_ANOMALIES,
    onEpisodeEnd: (device, episode, endMs) => truth.push(episodeTruth(device, episode, endMs)),
    ...options,
  });
  return { truth, fleet };
}

function runFleet(options: Partial<FleetOptions>): Outcome {
  const { truth, fleet } = fleetOf(options);
  return { records: drain(fleet), truth, fleet };
}

/** For what is counted only. */
function playFleet(options: Partial<FleetOptions>): Pick<Outcome, 'truth' | 'fleet'> {
  const { truth, fleet } = fleetOf(options);
  play(fleet);
  return { truth, fleet };
}

/** dev-3 with one injected anomaly from 20 s to 35 s, and the same without it. */
function injected(kind: DeviceAnomaly, metric: 'temperature' | 'cpu' | undefined) {
  const injections = [{ kind, device: 2, metric, startMs: 20_000, durationMs: 15_000 }];
  const { records, truth } = runFleet({ injections });
  const readings = readingsOf(records);
  const healthy = readingsOf(runFleet({}).records);
  return {
    readings: byDevice(readings, 'dev-3'),
    healthy: byDevice(healthy, 'dev-3'),
    others: readings.filter(({ device_id }) => device_id !== 'dev-3'),
    healthyOthers: healthy.filter(({ device_id }) => device_id !== 'dev-3'),
    truth,
  };
}

/** Slow enough for lengths in readings to be the longer ones: a short run has many episodes. */
const SLOW = { intervalMs: 240_000 };
const minutes = (n: number) => n * 60_000;

describe('the rate of anomalies', () => {
  it.each([11, 22, 33, 44, 55])('is the one asked for (seed %i)', (seed) => {
    const { fleet } = playFleet({ ...SLOW, seed, devices: 400, durationMs: minutes(480), anomalyRate: 0.05 });
    const { anomalous, made, silent } = fleet.counts;
    expect(made + silent).toBe(400 * 120);
    // The standard deviation of this share is about 0.006: 400 devices, episodes of 27 readings.
    expect(Math.abs(anomalous / (made + silent) - 0.05)).toBeLessThan(0.02);
  });

  it('is not lower in a short run, because the process starts in its steady state', () => {
    const { fleet } = playFleet({ seed: 7, devices: 20_000, durationMs: 2000, anomalyRate: 0.1 });
    expect(fleet.counts.anomalous / 40_000).toBeGreaterThan(0.09);
    expect(fleet.counts.anomalous / 40_000).toBeLessThan(0.11);
  });

  it('does not drop when the first short ones are over', () => {
    const options = { ...SLOW, devices: 5000, anomalyRate: 0.2, anomalyKinds: ['spike', 'drift'] as const };
    const until = (readings: number) =>
      playFleet({ ...options, durationMs: readings * SLOW.intervalMs }).fleet.counts.anomalous;
    // With 5,000 devices the share has a standard deviation of 0.006.
    expect(Math.abs((until(20) - until(10)) / 50_000 - 0.2)).toBeLessThan(0.02);
  });

  it.each(DEVICE_ANOMALIES)('is right for %s alone', (kind) => {
    const { fleet, truth } = playFleet({
      ...SLOW,
      devices: 300,
      durationMs: minutes(800),
      anomalyRate: 0.2,
      anomalyKinds: [kind],
    });
    const { anomalous, made, silent } = fleet.counts;
    expect(Math.abs(anomalous / (made + silent) - 0.2)).toBeLessThan(0.04);
    expect(new Set(truth.map((episode) => episode.kind))).toEqual(new Set([kind]));
  });

  it('is what the truth says, reading by reading', () => {
    const { fleet, truth } = playFleet({ devices: 100, durationMs: 100_000, anomalyRate: 0.1 });
    expect(truth.reduce((sum, { readings }) => sum + readings, 0)).toBe(fleet.counts.anomalous);
  });
});

/** The lengths in minutes of many episodes by chance, by kind. */
function lengths(intervalMs: number): (kind: DeviceAnomaly) => { min: number; max: number } {
  const process = new AnomalyProcess(0.9, DEVICE_ANOMALIES, intervalMs, new Random(5, 0));
  const found = new Map<string, number[]>();
  for (let count = 0; count < 3000; ) {
    const episode = process.begin();
    if (episode === undefined) continue;
    count++;
    const { kind, length } = episode;
    found.set(kind, [...(found.get(kind) ?? []), (length * intervalMs) / 60_000]);
  }
  return (kind) => {
    const list = found.get(kind) ?? [];
    return { min: Math.round(Math.min(...list)), max: Math.round(Math.max(...list)) };
  };
}

describe('the length of an episode', () => {
  it.each([1000, 5000])('is a time, and a few readings for a spike (every %i ms)', (intervalMs) => {
    const of = lengths(intervalMs);
    expect(of('dropout')).toEqual({ min: 10, max: 20 });
    expect(of('stuck')).toEqual({ min: 12, max: 30 });
    expect(of('shift').max - of('shift').min).toBeGreaterThan(220);
    expect(of('spike').max).toBeLessThanOrEqual(1);
  });

  it('is long enough to be seen where readings are rare', () => {
    expect(lengths(minutes(5))('stuck')).toEqual({ min: 100, max: 300 });
    expect(lengths(minutes(5))('dropout')).toEqual({ min: 50, max: 150 });
  });
});

describe('an injected anomaly', () => {
  it('touches its device and metric, from its start and for its length, and nothing else', () => {
    const { readings, healthy, others, healthyOthers, truth } = injected('spike', 'temperature');
    expect(others).toEqual(healthyOthers);
    const touched = readings.filter((reading, i) => reading.temperature !== healthy[i]?.temperature);
    expect(touched.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, i) => 20 + i));
    for (const reading of touched) expect(reading.temperature).toBeGreaterThan(90);
    expect(readings.map(({ cpu, ram, hd }) => ({ cpu, ram, hd }))).toEqual(
      healthy.map(({ cpu, ram, hd }) => ({ cpu, ram, hd })),
    );
    expect(truth).toEqual([
      {
        type: 'episode',
        device_id: 'dev-3',
        site_id: readings[0]?.site_id,
        kind: 'spike',
        metric: 'temperature',
        start: readings[20]?.timestamp,
        end: readings[35]?.timestamp,
        readings: 15,
        magnitude: expect.closeTo(
          Math.max(...touched.map(({ temperature, seq }) => temperature - (healthy[seq]?.temperature ?? 0))),
          1,
        ),
      },
    ]);
  });

  it.each(['spike', 'sustained'] as const)(
    'of kind %s keeps a percentage above 96 and within 100',
    (kind) => {
      const { readings } = injected(kind, 'cpu');
      for (const { cpu } of readings.slice(20, 35)) {
        expect(cpu).toBeGreaterThan(96);
        expect(cpu).toBeLessThanOrEqual(100);
      }
    },
  );

  it('of kind drift rises step by step to its level', () => {
    const { readings, healthy } = injected('drift', 'temperature');
    const excess = (seq: number) => (readings[seq]?.temperature ?? 0) - (healthy[seq]?.temperature ?? 0);
    expect(excess(20)).toBeLessThan(excess(24));
    expect(excess(24)).toBeLessThan(excess(28));
    expect(readings[34]?.temperature).toBeGreaterThan(90);
    expect(excess(35)).toBe(0);
  });

  it('of kind drift moves on its plateau, as a sensor does', () => {
    const { readings } = injected('drift', 'temperature');
    const plateau = readings.slice(30, 35).map(({ temperature }) => temperature);
    expect(new Set(plateau).size).toBe(plateau.length);
  });

  it('of kind shift moves its metric up by a constant that no threshold sees', () => {
    const { readings, healthy, truth } = injected('shift', 'cpu');
    const excess = readings.slice(20, 35).map(({ cpu }, i) => cpu - (healthy[20 + i]?.cpu ?? 0));
    expect(Math.min(...excess)).toBeGreaterThanOrEqual(9.98);
    expect(Math.max(...excess)).toBeLessThanOrEqual(25.02);
    expect(Math.max(...excess) - Math.min(...excess)).toBeLessThan(0.03);
    expect(readings[35]).toEqual(healthy[35]);
    expect(truth).toMatchObject([{ kind: 'shift', magnitude: expect.closeTo(excess[0] ?? 0, 1) }]);
  });

  it('of kind outage silences a whole site, and is one episode', () => {
    const options = { devices: 20, devicesPerSite: 10 };
    const { records, truth, fleet } = runFleet({
      ...options,
      injections: [{ kind: 'outage', site: 1, startMs: 20_000, durationMs: 15_000 }],
    });
    const healthy = readingsOf(runFleet(options).records);
    const siteId = fleet.sites[1]?.siteId ?? '';
    const readings = readingsOf(records);
    expect(readings.filter(({ site_id }) => site_id !== siteId)).toEqual(
      healthy.filter(({ site_id }) => site_id !== siteId),
    );
    const mine = byDevice(readings, 'dev-11');
    const before = byDevice(healthy, 'dev-11');
    expect(mine.map(({ seq }) => seq)).toEqual(Array.from({ length: 45 }, (_, i) => i));
    expect(mine[20]?.timestamp).toBe(before[35]?.timestamp);
    expect(truth).toMatchObject([
      { kind: 'outage', device_id: '*', site_id: siteId, metric: null, readings: 15, magnitude: 0 },
    ]);
    expect(Date.parse(truth[0]?.start ?? '')).toBeGreaterThan(Date.parse(mine[19]?.timestamp ?? ''));
    expect(Date.parse(truth[0]?.end ?? '')).toBeLessThanOrEqual(Date.parse(mine[20]?.timestamp ?? ''));
    expect(fleet.counts).toMatchObject({ silent: 150, anomalous: 150, unbegun: 0 });
  });

  it('of kind stuck repeats one value', () => {
    const { readings, healthy } = injected('stuck', 'temperature');
    const values = new Set(readings.slice(20, 35).map(({ temperature }) => temperature));
    expect(values).toEqual(new Set([healthy[20]?.temperature]));
    expect(readings[35]).toEqual(healthy[35]);
  });

  it('of kind noise scatters far more than the sensor does', () => {
    const { readings, healthy } = injected('noise', 'temperature');
    const scatter = (list: readonly FullReading[]) => {
      const values = list.slice(20, 35).map(({ temperature }) => temperature);
      return Math.max(...values) - Math.min(...values);
    };
    expect(scatter(readings)).toBeGreaterThan(5 * scatter(healthy));
  });

  it('of kind dropout is silence, which leaves no gap in seq', () => {
    const { readings, healthy, truth } = injected('dropout', undefined);
    expect(readings).toHaveLength(45);
    expect(readings.map(({ seq }) => seq)).toEqual(Array.from({ length: 45 }, (_, i) => i));
    expect(readings[19]).toEqual(healthy[19]);
    expect(readings[20]?.timestamp).toBe(healthy[35]?.timestamp);
    expect(readings[20]?.cpu).toBe(healthy[35]?.cpu);
    expect(truth).toMatchObject([
      { kind: 'dropout', metric: null, readings: 15, start: healthy[20]?.timestamp },
    ]);
  });

  it('may share its device with another, on another metric', () => {
    const common = { device: 0, startMs: 5000, durationMs: 5000 };
    const { records, truth } = runFleet({
      injections: [
        { ...common, kind: 'spike', metric: 'cpu' },
        { ...common, kind: 'sustained', metric: 'ram' },
      ],
    });
    const during = byDevice(readingsOf(records), 'dev-1').slice(5, 10);
    for (const { cpu, ram } of during) expect(Math.min(cpu, ram)).toBeGreaterThan(96);
    expect(truth.map(({ kind, readings: n }) => [kind, n])).toEqual([
      ['spike', 5],
      ['sustained', 5],
    ]);
  });

  it('that the end of the run cuts off ends with it in the truth', () => {
    const { truth } = runFleet({
      durationMs: 30_000,
      injections: [{ kind: 'sustained', device: 0, metric: 'cpu', startMs: 20_000, durationMs: 60_000 }],
    });
    expect(truth).toMatchObject([{ readings: 10 }]);
    expect(Date.parse(truth[0]?.end ?? '')).toBeLessThanOrEqual(START_MS + 30_100);
  });
});
