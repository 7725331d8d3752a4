/** Times on the axis of a chart, where the clocks change. */
import { afterEach, describe, expect, it, vi } from 'vitest';

/** How the page writes times for a reader who lives there. */
async function formatIn(zone: string) {
  vi.stubEnv('TZ', zone);
  vi.resetModules();
  return import('../../infra/local/console/page/format.js');
}
const every = (hours: number, from: string, n: number) =>
  Array.from({ length: n }, (_, i) => Date.parse(from) / 1000 + i * hours * 3_600);

describe('the axis of a chart', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('names its zone once, and again where the clocks change', async () => {
    const { axisTimes } = await formatIn('Europe/Berlin');
    expect(axisTimes(every(1, '2025-10-24T23:00:00Z', 4))).toEqual([
      ...['10-25 01:00\nGMT+2', '10-25 02:00', '10-25 03:00', '10-25 04:00'],
    ]);
    expect(axisTimes(every(1, '2025-10-25T23:00:00Z', 4))).toEqual([
      ...['10-26 01:00\nGMT+2', '10-26 02:00', '10-26 02:00\nGMT+1', '10-26 03:00'],
    ]);
  });

  it('knows zones of half hours, and those that change by night', async () => {
    const { axisTimes } = await formatIn('America/St_Johns');
    expect(axisTimes(every(12, '2026-03-07T03:30:00Z', 4))).toEqual([
      ...['03-07 00:00\nGMT-3:30', '03-07 12:00', '03-08 00:00', '03-08 13:00\nGMT-2:30'],
    ]);
  });

  it('says how long a piece is in the longest unit that is whole', async () => {
    const { period } = await formatIn('UTC');
    expect([1, 90, 120, 5_400, 7_200].map(period)).toEqual(['1 s', '90 s', '2 min', '90 min', '2 h']);
  });
});
