/** Readings over time for the charts: from the lake, and the newest ones, which it does not have yet, from the stream. */
import { z } from 'zod';
import { METRICS } from '../../../../services/contract/reading.ts';
import type { QueryAnswer, Series, SeriesBand } from '../page-answers.ts';
import { ask, type QueryContext } from './query-runner.ts';
import { keptFor } from './series-kept.ts';
import {
  bucketOf,
  deviceSeries,
  FAR,
  fleetSeries,
  furthestDevices,
  outlierSeries,
  type Span,
  type Statement,
} from './series-sql.ts';
import type { Recent, Telemetry } from './telemetry.ts';

interface SeriesSources {
  queries: QueryContext;
  readings: string;
  telemetry: Pick<Telemetry, 'recent'>;
  /** How long what the lake has is good for a range that ends now, in ms; not at all by default. */
  lakeKeptMs?: number | undefined;
}

const LONGEST = 31 * 86_400;
const MAX_ROWS = 4_000;
const name = z.string().min(1).max(64);
const second = z.coerce.number().int().min(0);

/** The query of `/api/series`: seconds since the epoch; `metric` only where `device` is missing. */
export const seriesQuerySchema = z
  .strictObject({
    ...{ from: second, to: second, site: name.optional(), device: name.optional() },
    metric: z.enum(METRICS).default('temperature'),
  })
  .refine(({ from, to }) => from < to && to - from <= LONGEST, {
    error: 'Expected from before to, and 31 days between them at most',
  })
  .refine(({ site, device }) => device === undefined || site !== undefined, {
    error: 'Expected the site as well: names of devices are their site’s own',
  });
export type SeriesQuery = z.infer<typeof seriesQuerySchema>;

/** Both at once. */
export const readSeries = (sources: SeriesSources, query: SeriesQuery): Promise<Series> =>
  createSeries(sources, Date.now)(query);

/** @param now ms since the epoch */
export function createSeries(
  sources: SeriesSources,
  now: () => number,
): (query: SeriesQuery) => Promise<Series> {
  const fromLake = keptFor<SeriesQuery>(sources.lakeKeptMs ?? 0, now, (query) => askLake(sources, query));
  return async (query) => {
    const series = await fromLake(query);
    const { site, device } = query;
    if (site === undefined || device === undefined) return series;
    return withTail(series, sources.telemetry.recent(site, device));
  };
}

function askLake(sources: SeriesSources, query: SeriesQuery): Promise<Series> {
  const { site, device } = query;
  return site !== undefined && device !== undefined
    ? ofDevice(sources, { site, device }, query)
    : ofFleet(sources, query);
}

async function ofDevice(
  { queries, readings }: SeriesSources,
  whose: { site: string; device: string },
  span: Span,
): Promise<Series> {
  const answer = await askFor(queries, deviceSeries(readings, whose, span));
  return seriesOf(answer, METRICS, span);
}

/** One look after the other: what is usual says what is far, and only where a device is that far are its readings asked for. */
async function ofFleet({ queries, readings }: SeriesSources, query: SeriesQuery): Promise<Series> {
  const { metric } = query;
  const bands = await askFor(queries, fleetSeries(readings, query, metric, query));
  const series = seriesOf(bands, [metric], query);
  const usual = usualOf(series.bands[metric]);
  if (!usual) return series;
  const { middle, spread } = usual;
  const furthest = await askFor(queries, furthestDevices(readings, query, metric, query, middle));
  const { devices, far } = devicesIn(furthest, FAR * spread);
  const known = { ...priced(series, furthest), devices };
  if (far.length === 0) return known;
  const outliers = await askFor(queries, outlierSeries(readings, far, metric, query, middle));
  return { ...priced(known, outliers), outliers: outliersOf(outliers, series.times) };
}

const priced = (series: Series, { scannedBytes, cost }: QueryAnswer): Series => ({
  ...series,
  scannedBytes: series.scannedBytes + scannedBytes,
  cost: series.cost + cost,
});

/** In the middle of the time: undefined where there are no values. */
function usualOf(band: SeriesBand | undefined): { middle: number; spread: number } | undefined {
  const middle = medianOf(band?.middle ?? []);
  const spread = medianOf((band?.ninetieth ?? []).map((high, i) => minus(high, band?.tenth?.[i])));
  return middle === undefined || spread === undefined ? undefined : { middle, spread };
}

const minus = (a: number | null, b: number | null | undefined) => (a === null || b == null ? null : a - b);

function medianOf(values: readonly (number | null)[]): number | undefined {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)];
}

function devicesIn({ columns, rows }: QueryAnswer, farFrom: number) {
  const at = (name: string) => columns.findIndex((one) => one.name === name);
  const [site, device, distance, count] = ['site_id', 'device_id', 'distance', 'devices'].map(at);
  const far = rows.filter((row) => (numberOf(row[distance ?? -1]) ?? 0) > farFrom);
  return {
    devices: numberOf(rows[0]?.[count ?? -1]) ?? 0,
    far: far.map((row) => ({ site: row[site ?? -1] ?? '', device: row[device ?? -1] ?? '' })),
  };
}

const askFor = (queries: QueryContext, { sql, parameters }: Statement) =>
  ask(queries, sql, parameters, MAX_ROWS);

function seriesOf(answer: QueryAnswer, metrics: readonly string[], span: Span): Series {
  const column = (name: string) => {
    const index = answer.columns.findIndex((one) => one.name === name);
    return index < 0 ? undefined : answer.rows.map((row) => numberOf(row[index]));
  };
  const none = answer.rows.map(() => null);
  const bandOf = (metric: string): SeriesBand => {
    const tenth = column(`${metric}_tenth`);
    const ninetieth = column(`${metric}_ninetieth`);
    return {
      low: column(`${metric}_low`) ?? none,
      middle: column(`${metric}_middle`) ?? none,
      high: column(`${metric}_high`) ?? none,
      ...(tenth && ninetieth && { tenth, ninetieth }),
    };
  };
  const known = (name: string) => (column(name) ?? []).filter((value) => value !== null);
  const newest = known('newest');
  return {
    ...{ from: span.from, to: span.to, bucketSeconds: bucketOf(span), times: known('bucket') },
    bands: Object.fromEntries(metrics.map((metric) => [metric, bandOf(metric)])),
    outliers: [],
    devices: Math.max(0, ...known('devices')),
    readings: known('readings').reduce((sum, one) => sum + one, 0),
    ...(newest.length > 0 && { lakeTo: Math.max(...newest) }),
    ...(answer.state !== 'SUCCEEDED' && { problem: answer.reason ?? answer.state }),
    ...{ scannedBytes: answer.scannedBytes, cost: answer.cost },
  };
}

const numberOf = (text: string | null | undefined) =>
  text == null || !Number.isFinite(Number(text)) ? null : Number(text);

function outliersOf({ columns, rows }: QueryAnswer, times: readonly number[]): Series['outliers'] {
  const at = (name: string) => columns.findIndex((one) => one.name === name);
  const [site, device, bucket, value] = ['site_id', 'device_id', 'bucket', 'value'].map(at);
  const places = new Map(times.map((time, i) => [time, i]));
  const found = new Map<string, Series['outliers'][number]>();
  for (const row of rows) {
    const [site_id, device_id] = [row[site ?? -1] ?? '', row[device ?? -1] ?? ''];
    const key = `${site_id}/${device_id}`;
    const line = found.get(key) ?? { device_id, site_id, values: times.map(() => null) };
    const place = places.get(Number(row[bucket ?? -1]));
    if (place !== undefined) line.values[place] = numberOf(row[value ?? -1]);
    found.set(key, line);
  }
  return [...found.values()];
}

/** What came after the newest reading of the lake. */
export function withTail(series: Series, recent: readonly Recent[]): Series {
  const { lakeTo = 0, from, to, bucketSeconds } = series;
  const fresh = recent.filter(({ second }) => second > lakeTo && second >= from && second < to);
  if (fresh.length === 0) return series;
  const groups = new Map<number, Recent[]>();
  for (const one of fresh) {
    const bucket = Math.floor(one.second / bucketSeconds) * bucketSeconds;
    groups.set(bucket, [...(groups.get(bucket) ?? []), one]);
  }
  const times = [...new Set([...series.times, ...groups.keys()])].sort((a, b) => a - b);
  const places = new Map(series.times.map((time, i) => [time, i]));
  const bands = METRICS.map((metric, m) => {
    const known = series.bands[metric];
    const pieces = times.map((time) => {
      const place = places.get(time) ?? -1;
      const values = (groups.get(time) ?? []).map(({ values }) => values[m] ?? null);
      return pieceOf([known?.low[place], known?.middle[place], known?.high[place]], values);
    });
    return [
      metric,
      {
        low: pieces.map(([low]) => low),
        middle: pieces.map(([, middle]) => middle),
        high: pieces.map(([, , high]) => high),
      },
    ];
  });
  return {
    ...{ ...series, times, bands: Object.fromEntries(bands) as Series['bands'] },
    devices: 1,
    readings: series.readings + fresh.length,
  };
}

type Piece = [low: number | null, middle: number | null, high: number | null];

/** A piece that has begun in the lake goes on with what the stream has. */
function pieceOf([low, middle, high]: (number | null | undefined)[], values: (number | null)[]): Piece {
  const fresh = values.filter((value) => value !== null);
  if (fresh.length === 0) return [low ?? null, middle ?? null, high ?? null];
  const mean = fresh.reduce((sum, value) => sum + value, 0) / fresh.length;
  const all = [...fresh, ...[low, high].filter((value) => typeof value === 'number')];
  const middles = [mean, ...[middle].filter((value) => typeof value === 'number')];
  return [
    Math.min(...all),
    middles.reduce((sum, value) => sum + value, 0) / middles.length,
    Math.max(...all),
  ];
}
