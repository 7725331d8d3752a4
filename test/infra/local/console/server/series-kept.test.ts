import { expect, it } from 'vitest';
import type { Series } from '../../../../../infra/local/console/page-answers.ts';
import { keptFor } from '../../../../../infra/local/console/server/series-kept.ts';

const NOW = 1_800_000_000;

function world(keptMs: number) {
  const state = { nowMs: NOW * 1000, asked: 0 };
  const ask = async ({ from, to }: { from: number; to: number; metric: string }): Promise<Series> => {
    state.asked += 1;
    const times = Array.from({ length: (to - from) / 10 }, (_, i) => from + i * 10);
    return {
      ...{
        from,
        to,
        bucketSeconds: 10,
        times,
        outliers: [],
        devices: 1,
        readings: 9,
        scannedBytes: 9,
        cost: 1,
      },
      bands: { cpu: { low: times, middle: times, high: times } },
    };
  };
  const read = keptFor(keptMs, () => state.nowMs, ask);
  const last = (seconds: number, agoSeconds = 0) => {
    const to = Math.round(state.nowMs / 1000) - agoSeconds;
    return read({ from: to - seconds, to, metric: 'cpu' });
  };
  return { state, last };
}

it('a range that ends now moves on without a look at the lake, for a minute', async () => {
  const { state, last } = world(60_000);
  await last(100);
  state.nowMs += 30_000;
  const moved = await last(100);
  expect(state.asked).toBe(1);
  expect(moved).toMatchObject({ from: NOW - 70, to: NOW + 30, scannedBytes: 0, cost: 0 });
  expect(moved.times).toEqual([-70, -60, -50, -40, -30, -20, -10].map((second) => NOW + second));
  expect(moved.bands.cpu?.low).toEqual(moved.times);
  state.nowMs += 31_000;
  await last(100);
  expect(state.asked).toBe(2);
});

it('another length, a range of the past, and a page without it ask', async () => {
  const { state, last } = world(60_000);
  await last(100);
  await last(200);
  await last(100, 3_600);
  await last(100, 3_600);
  expect(state.asked).toBe(4);
  const local = world(0);
  await local.last(100);
  await local.last(100);
  expect(local.state.asked).toBe(2);
});
