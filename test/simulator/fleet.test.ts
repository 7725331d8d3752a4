import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_RECORD_BYTES,
  ID_PATTERN,
  isReading,
  MAX_READINGS_PER_RECORD,
  READING_FIELDS,
} from '../../services/contract/reading.ts';
import { MIXED_ANOMALIES } from '../../simulator/anomaly.ts';
import { Fleet, type FleetOptions } from '../../simulator/fleet.ts';
import { layOutSites } from '../../simulator/identity.ts';
import { burstPlan, rampPlan } from '../../simulator/pace.ts';
import { parsed } from '../support/parsed.ts';
import { byDevice, drain, linesOf, readingsOf, START_MS } from './support/collect.ts';

const fleet = (options: Partial<FleetOptions> = {}) =>
  new Fleet({ seed: 1, devices: 20, intervalMs: 1000, durationMs: 10_000, ...options });
const readings = (options: Partial<FleetOptions> = {}) => readingsOf(drain(fleet(options)));

describe('a seed', () => {
  it('gives the same records again, byte for byte', () => {
    const options = { anomalyRate: 0.2, anomalyKinds: MIXED_ANOMALIES };
    expect(drain(fleet(options))).toEqual(drain(fleet(options)));
  });

  it('gives a device the same readings in a fleet of any size', () => {
    const options = { anomalyRate: 0.2, anomalyKinds: MIXED_ANOMALIES };
    const small = readings({ ...options, devices: 20 });
    const large = readings({ ...options, devices: 300 });
    for (const id of ['dev-1', 'dev-7', 'dev-20']) {
      expect(byDevice(large, id)).toEqual(byDevice(small, id));
    }
  });

  it('gives the same values whenever the fleet runs, and however fast', () => {
    const values = (list: ReturnType<typeof readings>) =>
      byDevice(list, 'dev-5').map(({ seq, temperature, cpu, ram, hd }) => [seq, temperature, cpu, ram, hd]);
    const later = readingsOf(drain(fleet(), START_MS + 123_456_789));
    const ramped = readings({ pace: rampPlan([0.5, 1], 10_000), durationMs: 15_000 });
    expect(values(later)).toEqual(values(readings()));
    expect(values(ramped)).toEqual(values(readings()));
  });

  it('gives other values than another seed', () => {
    expect(readings({ seed: 2 })[0]?.cpu).not.toBe(readings({ seed: 1 })[0]?.cpu);
  });

  it('that is not the default is in the names, so that fleets beside each other share none', () => {
    const seeds = [1, 2, 3, 12, 21, 4_294_967_295];
    for (const name of ['device_id', 'site_id'] as const) {
      const names = seeds.map((seed) => new Set(readings({ seed, devices: 300 }).map((one) => one[name])));
      const all = names.reduce((sum, { size }) => sum + size, 0);
      expect(new Set(names.flatMap((set) => [...set])).size).toBe(all);
    }
    expect(readings({ seed: 2 }).map(({ device_id }) => device_id)).toContain('dev-2-17');
    expect(readings({ seed: 1 }).map(({ device_id }) => device_id)).toContain('dev-17');
  });

  it('gives healthy values that anomalies on other devices do not change', () => {
    const healthy = readings({ devices: 50 });
    const troubled = readings({ devices: 50, anomalyRate: 0.3, anomalyKinds: ['spike'] });
    const same = troubled.filter((reading, i) => reading.ram === healthy[i]?.ram).length;
    expect(same).toBeGreaterThan(troubled.length * 0.8);
  });
});

describe('what a fleet sends', () => {
  it('are readings of the contract, whatever the options', () => {
    const property = fc.property(
      fc.record({
        seed: fc.integer({ min: 0, max: 0xffff_ffff }),
        devices: fc.integer({ min: 1, max: 60 }),
        intervalMs: fc.integer({ min: 10, max: 100_000 }),
        anomalyRate: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
      }),
      fc.integer({ min: 0, max: 4_000_000_000_000 }),
      (options, startMs) => {
        const source = fleet({
          ...options,
          anomalyKinds: MIXED_ANOMALIES,
          durationMs: options.intervalMs * 5,
        });
        const lines = linesOf(drain(source, startMs));
        expect(lines.filter((line) => !isReading(parsed(line)))).toEqual([]);
        expect(lines).toHaveLength(source.counts.made);
      },
    );
    fc.assert(property, { numRuns: 60 });
  });

  it('is written as JSON.stringify would, with the fields of the contract in their order', () => {
    for (const line of linesOf(drain(fleet({ durationMs: 2000 })))) {
      expect(JSON.stringify(JSON.parse(line))).toBe(line);
      expect(Object.keys(JSON.parse(line))).toEqual(Object.keys(READING_FIELDS));
    }
  });

  it('never carries the truth', () => {
    const source = fleet({
      devices: 100,
      durationMs: 60_000,
      anomalyRate: 0.5,
      anomalyKinds: MIXED_ANOMALIES,
      injections: [{ kind: 'spike', device: 3, metric: 'cpu', startMs: 0, durationMs: 30_000 }],
      faults: { late: 0.05, duplicate: 0.05, reorder: 0.05, clockSkew: 0.05, malformed: 0.05 },
    });
    const lines = linesOf(drain(source));
    expect(source.counts.anomalous).toBeGreaterThan(1000);
    const truthWords =
      /anomal|episode|magnitude|inject|kind|truth|label|spike|sustained|drift|stuck|noise|dropout/;
    expect(lines.filter((line) => truthWords.test(line))).toEqual([]);
    const fields = new Set(lines.map(parsed).flatMap((value) => Object.keys((value as object) ?? {})));
    expect([...fields].sort()).toEqual(Object.keys(READING_FIELDS).sort());
  });

  it('counts seq up by one per device, in the order of event time', () => {
    const list = byDevice(readings({ durationMs: 60_000 }), 'dev-9');
    expect(list.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    const times = list.map(({ timestamp }) => Date.parse(timestamp));
    const gaps = times.slice(1).map((time, i) => time - (times[i] as number));
    // Jitter: more than none, and at most a tenth of the interval.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(899);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1101);
    expect(new Set(gaps).size).toBeGreaterThan(10);
  });

  it('is dated no later than it is sent', () => {
    const source = fleet();
    while (source.nextDueMs !== undefined) {
      const nowMs = START_MS + source.nextDueMs;
      for (const { timestamp } of readingsOf(source.poll(START_MS, nowMs))) {
        expect(Date.parse(timestamp)).toBeLessThanOrEqual(nowMs);
      }
    }
  });

  it('carries the hour of sending, even if it is later than that of the reading', () => {
    const source = fleet({ durationMs: 1000 });
    for (const hour of ['09', '10']) {
      const [reading] = readingsOf(source.poll(START_MS, Date.parse(`2026-01-05T${hour}:00:00.000Z`)));
      expect(reading?.timestamp.slice(0, 13)).toBe('2026-01-05T08');
      expect(reading?.timestamp_sent).toBe(`2026-01-05 ${hour}`);
    }
  });
});

describe('packing', () => {
  it('puts readings of one site into a record, at most 500 and about 24 KB', () => {
    const records = drain(fleet({ devices: 2000, devicesPerSite: 1000, durationMs: 2000 }));
    for (const { siteId, text, lines } of records) {
      const list = text.split('\n');
      expect(list).toHaveLength(lines);
      expect(lines).toBeLessThanOrEqual(MAX_READINGS_PER_RECORD);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(DEFAULT_RECORD_BYTES);
      expect(list.every((line) => (parsed(line) as { site_id: string }).site_id === siteId)).toBe(true);
    }
    // Full records, except the last of each poll: a reading takes about 190 bytes.
    expect(records.length).toBeLessThanOrEqual(2 * 2 * Math.ceil(1000 / 110));
  });

  it('fills one record per poll with a site of 100 devices', () => {
    const records = drain(fleet({ devices: 100, devicesPerSite: 100, durationMs: 3000 }));
    expect(records.map(({ lines }) => lines)).toEqual([100, 100, 100]);
  });
});

describe('the schedule', () => {
  it('has as many readings as duration and interval give', () => {
    expect(readings({ devices: 7, durationMs: 30_000, intervalMs: 500 })).toHaveLength(7 * 60);
  });

  it('ends after exactly the readings that --count asks for', () => {
    const source = fleet({ durationMs: undefined, count: 123 });
    expect(readingsOf(drain(source))).toHaveLength(123);
    expect(source.counts.made).toBe(123);
  });

  it('spreads the sites over the interval', () => {
    const source = fleet({ devices: 2000, durationMs: 1000 });
    const due: number[] = [];
    while (source.nextDueMs !== undefined) {
      due.push(source.nextDueMs);
      source.poll(START_MS, START_MS);
    }
    expect(due).toHaveLength(source.sites.length);
    expect(due).toEqual([...due].sort((a, b) => a - b));
    expect((due.at(-1) ?? 0) - (due[0] ?? 0)).toBeGreaterThan(500);
  });

  it('follows a ramp', () => {
    const list = readings({ devices: 100, pace: rampPlan([0.1, 0.5, 1], 10_000), durationMs: 30_000 });
    const inStep = (step: number) =>
      list.filter(({ timestamp }) => Math.floor((Date.parse(timestamp) - START_MS) / 10_000) === step).length;
    expect(inStep(0) / 100).toBeCloseTo(1, 0);
    expect(inStep(1) / 100).toBeCloseTo(5, 0);
    expect(inStep(2) / 100).toBeCloseTo(10, 0);
  });

  it('follows bursts', () => {
    const list = readings({ devices: 50, pace: burstPlan(5, 2000, 10_000), durationMs: 20_000 });
    const between = (from: number, to: number) =>
      list.filter(({ timestamp }) => {
        const ms = (Date.parse(timestamp) - START_MS) % 10_000;
        return ms >= from && ms < to;
      }).length;
    // Two periods, each with 8 s at 50/s and 2 s at 250/s.
    expect(list).toHaveLength(50 * 36);
    expect(Math.abs(between(8000, 10_000) - 50 * 20)).toBeLessThan(60);
    expect(Math.abs(between(0, 8000) - 50 * 16)).toBeLessThan(60);
  });

  it('places an injection by the clock, whatever the pace', () => {
    const pace = rampPlan([0.5, 1], 20_000);
    const injections = [
      { kind: 'spike', device: 0, metric: 'cpu', startMs: 20_000, durationMs: 10_000 } as const,
    ];
    const hot = readings({ pace, injections, durationMs: 60_000 }).filter(({ cpu }) => cpu > 95);
    expect(hot).toHaveLength(10);
    expect(Date.parse(hot[0]?.timestamp ?? '') - START_MS).toBeGreaterThanOrEqual(20_000);
    expect(Date.parse(hot[9]?.timestamp ?? '') - START_MS).toBeLessThan(31_100);
  });
});

describe('sites', () => {
  it('have ids of the contract, all different', () => {
    const sites = layOutSites(42, 100_000);
    expect(sites.every(({ siteId }) => ID_PATTERN.test(siteId))).toBe(true);
    expect(new Set(sites.map(({ siteId }) => siteId)).size).toBe(sites.length);
    expect(sites.reduce((sum, { devices }) => sum + devices, 0)).toBe(100_000);
  });

  it('differ in size, up to 100 devices', () => {
    expect(layOutSites(1, 300).map(({ devices }) => devices)).toEqual([4, 8, 16, 32, 64, 100, 76]);
  });
});
