import { describe, expect, it } from 'vitest';
import { isReading } from '../../../services/contract/reading.ts';
import { Replay, type ReplaySourceOptions } from '../../../simulator/source/replay.ts';
import { noFaults } from '../../../simulator/transport.ts';
import { parsed } from '../../support/parsed.ts';
import { drain, linesOf, readingsOf, START_MS } from '../support/collect.ts';

describe('a replay', () => {
  const rows = Array.from({ length: 50 }, (_, i) => i);
  const replay = (options: Partial<ReplaySourceOptions> = {}) =>
    new Replay({
      series: {
        timesMs: rows.map((i) => Date.UTC(2024, 0, 1, 0, i)),
        values: rows.map((i) => i / 2),
      },
      file: 'some/pump 7.csv',
      metric: 'cpu',
      speed: 60,
      seed: 1,
      faults: undefined,
      durationMs: undefined,
      count: undefined,
      ...options,
    });

  it('follows a clock that is set back, and keeps the distances', () => {
    const source = replay();
    const dates = [START_MS, START_MS - 3_600_000].flatMap((startMs) =>
      [0, 1].flatMap(() => {
        const dueMs = startMs + (source.nextDueMs as number);
        return readingsOf(source.poll(startMs, dueMs)).map(
          ({ timestamp }) => Date.parse(timestamp) - START_MS,
        );
      }),
    );
    expect(dates).toEqual([0, 1000, 2000 - 3_600_000, 3000 - 3_600_000]);
  });

  it('is one device whose metric is the series, as if it happened now and faster', () => {
    const records = drain(replay());
    const readings = readingsOf(records);
    expect(readings.map(({ cpu }) => cpu)).toEqual(rows.map((_, i) => i / 2));
    expect(readings.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i));
    expect(new Set(readings.map(({ device_id }) => device_id))).toEqual(new Set(['pump-7']));
    expect(readings.map(({ timestamp }) => Date.parse(timestamp) - START_MS)).toEqual(
      rows.map((_, i) => i * 1000),
    );
    expect(linesOf(records).map(parsed).every(isReading)).toBe(true);
  });

  it('keeps the other metrics normal', () => {
    for (const { temperature, ram, hd } of readingsOf(drain(replay()))) {
      expect(temperature).toBeLessThan(75);
      expect(Math.max(ram, hd)).toBeLessThan(83);
    }
  });

  it('gives different times to readings that its speed compresses into one millisecond', () => {
    const times = readingsOf(drain(replay({ speed: 1e9 }))).map(({ timestamp }) => Date.parse(timestamp));
    expect(times).toEqual(rows.map((_, i) => START_MS + i));
  });

  it('packs readings that are due together', () => {
    const records = replay().poll(START_MS, START_MS + 9500);
    expect(records.map(({ lines }) => lines)).toEqual([10]);
  });

  it('ends early on --count and --duration', () => {
    expect(readingsOf(drain(replay({ count: 7 })))).toHaveLength(7);
    expect(readingsOf(drain(replay({ durationMs: 10_000 })))).toHaveLength(10);
  });

  it('has transport faults as a fleet does', () => {
    const source = replay({ faults: { ...noFaults(), duplicate: 1 } });
    expect(linesOf(drain(source))).toHaveLength(100);
    expect(source.counts.faults.duplicate).toBe(50);
  });
});
