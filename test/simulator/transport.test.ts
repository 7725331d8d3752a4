import { describe, expect, it } from 'vitest';
import { isReading, MAX_CLOCK_SKEW_MS, type Reading } from '../../services/contract/reading.ts';
import { Fleet } from '../../simulator/fleet.ts';
import { type FaultRates, noFaults } from '../../simulator/transport.ts';
import { parsed } from '../support/parsed.ts';
import { drain, linesOf, readingsOf, START_MS } from './support/collect.ts';

function withFaults(faults: Partial<FaultRates>) {
  const fleet = new Fleet({
    seed: 3,
    devices: 50,
    intervalMs: 1000,
    durationMs: 200_000,
    faults: { ...noFaults(), ...faults },
  });
  const records = drain(fleet);
  return { records, lines: linesOf(records), readings: readingsOf(records), counts: fleet.counts };
}

const MADE = 50 * 200;
const key = ({ device_id, seq }: Reading) => `${device_id}#${seq}`;
const distinct = (readings: readonly Reading[]) => new Set(readings.map(key)).size;

/** Readings that come after a later one of their device. */
function overtaken(readings: readonly Reading[]): number {
  const highest = new Map<string, number>();
  return readings.filter(({ device_id, seq }) => {
    const before = highest.get(device_id) ?? -1;
    highest.set(device_id, Math.max(before, seq));
    return seq < before;
  }).length;
}

describe('transport faults', () => {
  it('without any, every reading is sent once and in order', () => {
    const { lines, readings } = withFaults({});
    expect(lines).toHaveLength(MADE);
    expect(distinct(readings)).toBe(MADE);
    expect(overtaken(readings)).toBe(0);
  });

  it('late readings come after later ones of their device, and none is lost', () => {
    const { readings, counts } = withFaults({ late: 0.05 });
    expect(counts.faults.late / MADE).toBeCloseTo(0.05, 2);
    expect(distinct(readings)).toBe(MADE);
    expect(readings).toHaveLength(MADE);
    expect(overtaken(readings)).toBeGreaterThan(counts.faults.late * 0.9);
  });

  it('late readings wait for 5 to 30 polls', () => {
    const { records } = withFaults({ late: 0.05 });
    // Readings that are still held back when the run ends are sent then, so they wait less.
    const endMs = Math.max(...records.map(({ dueMs }) => dueMs));
    const waits = records
      .filter(({ dueMs }) => dueMs < endMs)
      .flatMap((record) => readingsOf([record]).map(({ timestamp }) => record.dueMs - Date.parse(timestamp)));
    const late = waits.filter((ms) => ms > 1000);
    expect(late.length).toBeGreaterThan(0);
    expect(Math.max(...late)).toBeLessThan(31_000);
    expect(late.filter((ms) => ms < 4900)).toHaveLength(0);
  });

  it('doubled readings are the same line twice', () => {
    const { lines, readings, counts } = withFaults({ duplicate: 0.05 });
    expect(counts.faults.duplicate / MADE).toBeCloseTo(0.05, 2);
    expect(lines).toHaveLength(MADE + counts.faults.duplicate);
    expect(distinct(readings)).toBe(MADE);
  });

  it('reordered readings come right after the next one of their device', () => {
    const { readings, counts } = withFaults({ reorder: 0.05 });
    expect(counts.faults.reorder / MADE).toBeCloseTo(0.05, 2);
    expect(distinct(readings)).toBe(MADE);
    expect(readings).toHaveLength(MADE);
    expect(overtaken(readings)).toBeGreaterThan(counts.faults.reorder * 0.9);
  });

  it('skewed readings are dated beyond what the detector believes, ahead or behind', () => {
    const { records, readings, counts } = withFaults({ clockSkew: 0.05 });
    const errors = records.flatMap((record) =>
      readingsOf([record]).map(({ timestamp }) => Date.parse(timestamp) - record.dueMs),
    );
    expect(errors.filter((ms) => Math.abs(ms) > MAX_CLOCK_SKEW_MS)).toHaveLength(counts.faults.clockSkew);
    expect(errors.some((ms) => ms > MAX_CLOCK_SKEW_MS)).toBe(true);
    expect(errors.some((ms) => ms < -MAX_CLOCK_SKEW_MS)).toBe(true);
    expect(distinct(readings)).toBe(MADE);
  });

  it('malformed lines are not readings, do not affect neighbours, and are counted', () => {
    const { lines, readings, counts } = withFaults({ malformed: 0.05 });
    const broken = lines.filter((line) => !isReading(parsed(line)));
    expect(broken).toHaveLength(counts.faults.malformed);
    expect(readings).toHaveLength(MADE - counts.faults.malformed);
    expect(broken.filter((line) => line === '')).toEqual([]);
    // Of every kind: not JSON at all, cut off, and JSON of the wrong form.
    expect(broken.some((line) => line.startsWith('\u0000'))).toBe(true);
    expect(broken.some((line) => line.startsWith('{') && parsed(line) === undefined)).toBe(true);
    expect(broken.some((line) => parsed(line) !== undefined)).toBe(true);
  });

  it('that are all on at once still account for every reading', () => {
    const { lines, readings, counts } = withFaults({
      late: 0.1,
      duplicate: 0.1,
      reorder: 0.1,
      clockSkew: 0.1,
      malformed: 0.1,
    });
    expect(lines).toHaveLength(MADE + counts.faults.duplicate);
    expect(distinct(readings)).toBe(MADE - counts.faults.malformed);
  });

  it('release what is held back when a run is stopped early', () => {
    const fleet = new Fleet({
      seed: 3,
      devices: 4,
      intervalMs: 1000,
      faults: { ...noFaults(), late: 1 },
    });
    for (let poll = 0; poll < 3; poll++) expect(fleet.poll(START_MS, START_MS)).toEqual([]);
    const readings = readingsOf(fleet.finish(START_MS + 3_600_000));
    expect(readings).toHaveLength(12);
    // Made at eight, sent at nine.
    expect(readings.every(({ timestamp }) => timestamp.startsWith('2026-01-05T08:00:'))).toBe(true);
    expect(readings.every(({ timestamp_sent }) => timestamp_sent === '2026-01-05 09')).toBe(true);
  });
});
