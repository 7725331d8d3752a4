import { describe, expect, it } from 'vitest';
import { UserError } from '../../../infra/cli/user-error.ts';
import { isReading } from '../../../services/contract/reading.ts';
import { parseSeries } from '../../../simulator/source/csv.ts';
import {
  acceptValue,
  Replay,
  type ReplaySourceOptions,
  replayDeviceId,
} from '../../../simulator/source/replay.ts';
import { noFaults } from '../../../simulator/transport.ts';
import { drain, linesOf, parse, readingsOf, START_MS } from '../support/collect.ts';

const series = (text: string, column = 'value', metric: 'temperature' | 'cpu' = 'temperature') =>
  parseSeries(text, 'file.csv', column, acceptValue(metric));

describe('a recorded series', () => {
  it('is read from the named column, with offsets from its first row', () => {
    const text =
      '\uFEFFid,"a, b",timestamp\r\n1,"4.5",2024-02-01 10:00:00\r\n2,5,2024-02-01T10:00:30Z\r\n\r\n';
    expect(series(text, 'a, b')).toEqual({
      points: [
        { offsetMs: 0, value: 4.5 },
        { offsetMs: 30_000, value: 5 },
      ],
      startMs: Date.UTC(2024, 1, 1, 10),
      skipped: [],
    });
  });

  it('names every bad row by its line, with the reason', () => {
    const text = [
      'timestamp,value',
      '2024-01-01 00:00:00,1',
      'yesterday,1',
      '2024-01-01 00:00:00,2',
      '2024-01-01 00:02:00,abc',
      '2024-01-01 00:03:00',
      '2024-13-45 00:00:00,5',
      '2024-01-01 00:04:00,150',
    ].join('\n');
    const { points, skipped } = series(text, 'value', 'cpu');
    expect(points).toHaveLength(1);
    expect(skipped).toEqual([
      { line: 3, reason: expect.stringContaining('got "yesterday"') },
      { line: 4, reason: expect.stringContaining('later than the row before') },
      { line: 5, reason: 'Expected a number, got "abc"' },
      { line: 6, reason: 'Expected a number, got ""' },
      { line: 7, reason: expect.stringContaining('2024-13-45') },
      { line: 8, reason: expect.stringContaining('Expected a percentage (0 to 100) for cpu, got 150') },
    ]);
  });

  it.each([
    ['a,b\n1,2', 'Expected a header with the columns timestamp and value, got no timestamp in: a,b'],
    ['timestamp,temp\n1,2', 'got no value in: timestamp,temp'],
    ['timestamp,value\n', 'it has no rows below its header'],
    ['timestamp,value\nx,y\n', 'line 2: Expected a timestamp'],
    ['', 'got no timestamp'],
  ])('that is unusable causes one clear error: %j', (text, message) => {
    expect(() => series(text)).toThrow(UserError);
    expect(() => series(text)).toThrow(message);
  });
});

describe('a replay', () => {
  const rows = Array.from(
    { length: 50 },
    (_, i) => `2024-01-01 00:${String(i).padStart(2, '0')}:00,${i / 2}`,
  );
  const replay = (options: Partial<ReplaySourceOptions> = {}) =>
    new Replay({
      series: series(`timestamp,value\n${rows.join('\n')}`),
      file: 'some/pump 7.csv',
      metric: 'cpu',
      speed: 60,
      seed: 1,
      faults: undefined,
      durationMs: undefined,
      count: undefined,
      ...options,
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
    expect(linesOf(records).map(parse).every(isReading)).toBe(true);
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

  it('names its device after the file, in the letters of an id', () => {
    expect(replayDeviceId('/data/ec2_cpu 5f/Ü.x.csv')).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    expect(replayDeviceId(`${'a'.repeat(100)}.csv`)).toHaveLength(64);
  });
});
