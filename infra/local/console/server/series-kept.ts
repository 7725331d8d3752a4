/** Charts that end now ask again every few seconds; the lake gets something new by the minute, and each look at it costs. */
import type { Series } from '../page-answers.ts';

interface Asked {
  from: number;
  to: number;
  site?: string | undefined;
  device?: string | undefined;
  metric: string;
}

const MOST_KEPT = 50;
/** Ends now: clocks differ, and a request takes its time. */
const NOW_SECONDS = 60;

/**
 * @param keptMs 0 keeps nothing
 * @param now ms since the epoch
 */
export function keptFor<Q extends Asked>(
  keptMs: number,
  now: () => number,
  ask: (query: Q) => Promise<Series>,
): (query: Q) => Promise<Series> {
  const kept = new Map<string, { atMs: number; series: Series }>();
  return async (query) => {
    const { from, to, site, device, metric } = query;
    const key = JSON.stringify([to - from, site, device, metric]);
    const known = kept.get(key);
    const isNow = Math.abs(to - now() / 1000) < NOW_SECONDS;
    if (isNow && known && now() - known.atMs < keptMs) return moved(known.series, from, to);
    const series = await ask(query);
    if (kept.size >= MOST_KEPT) kept.clear();
    if (isNow && keptMs > 0 && series.problem === undefined) kept.set(key, { atMs: now(), series });
    return series;
  };
}

/** What is older than its beginning has left it. It was paid for before. */
function moved(series: Series, from: number, to: number): Series {
  const first = series.times.findIndex((time) => time + series.bucketSeconds > from);
  const rest = <T>(values: T[]): T[] => (first < 0 ? [] : values.slice(first));
  const bands = Object.entries(series.bands).map(([metric, { low, middle, high, tenth, ninetieth }]) => [
    metric,
    {
      ...{ low: rest(low), middle: rest(middle), high: rest(high) },
      ...(tenth && { tenth: rest(tenth) }),
      ...(ninetieth && { ninetieth: rest(ninetieth) }),
    },
  ]);
  return {
    ...{ ...series, from, to, times: rest(series.times), scannedBytes: 0, cost: 0 },
    bands: Object.fromEntries(bands) as Series['bands'],
    outliers: series.outliers.map((one) => ({ ...one, values: rest(one.values) })),
  };
}
