import { describe, expect, it } from 'vitest';
import type { Metric } from '../../../services/contract/reading.ts';
import { parseSeries, type Series, seriesDeviceId } from '../../../services/contract/series.ts';

const series = (text: string, column = 'value', metric: Metric = 'temperature') =>
  parseSeries(text, column, metric);

function usable(text: string, metric: Metric): Series {
  const parsed = series(text, 'value', metric);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

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
    const { points, skipped } = usable(text, 'cpu');
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
  ])('that is unusable is one clear error: %j', (text, message) => {
    expect(series(text)).toEqual(expect.stringContaining(message));
  });

  it('keeps to the order of time and to the range of its metric, and names what does not', () => {
    const text = 'timestamp,value\n2024-01-01 00:01:00,50\n2024-01-01 00:00:00,250\n2024-01-01 00:02:00,-300';
    expect(usable(text, 'cpu').points).toHaveLength(1);
    expect(usable(text, 'temperature').skipped).toEqual([
      { line: 3, reason: 'Expected a timestamp later than the row before, got "2024-01-01 00:00:00"' },
      { line: 4, reason: 'Expected °C (-273.15 to 10000) for temperature, got -300' },
    ]);
  });

  it('names its device after the file, in the letters of an id', () => {
    expect(seriesDeviceId('/data/ec2_cpu 5f/Ü.x.csv')).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    expect(seriesDeviceId(`${'a'.repeat(100)}.csv`)).toHaveLength(64);
  });
});
