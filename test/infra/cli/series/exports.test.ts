import { describe, expect, it } from 'vitest';
import { readSeries } from '../../../../infra/cli/series/series.ts';
import { EXPORTS } from './support/exports.ts';
import { textFile } from './support/text-file.ts';

describe('a series as it was exported', () => {
  it.each(Object.entries(EXPORTS))('%s', async (_, { text, option, points, skipped = [], notices = [] }) => {
    for (const size of [100_000, 1]) {
      const file = textFile(text, 'exported.csv', [size]);
      const series = await readSeries(file, { metric: 'temperature', ...option });
      expect(series.timesMs.map((ms, i) => [new Date(ms).toISOString(), series.values[i]])).toEqual(points);
      expect(series.skipped.named.map(({ line }) => line)).toEqual(skipped);
      expect(series.notices).toEqual(notices.map((notice) => expect.stringMatching(notice)));
    }
  });
});
