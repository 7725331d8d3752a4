/**
 * What is usual for the devices of one site: each device is looked at once a period, with the first readings of the
 * period that come. Pure. That a device is looked at once is known from the model itself, so readings that come again,
 * or late, change nothing.
 */
import { METRICS, type Metric, type Reading, valueOfMetric } from '../contract/reading.ts';
import { instantMs } from '../contract/time.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { shiftOf } from './period-shift.ts';
import { type DatedOutlook, learn, type Pace, paceOf, type Usual } from './usual.ts';

export interface DeviceModel {
  /** Beginning of the last period in which it was looked at, ms since the epoch. */
  readonly lookedAt: number;
  readonly metrics: ReadonlyMap<Metric, Usual>;
}

/** Devices that are stored in one item. */
export interface Chunk {
  readonly number: number;
  /** 0 as long as there is no item. */
  readonly version: number;
  readonly devices: ReadonlyMap<string, DeviceModel>;
}

/** How often a model is looked at, where nothing else is set. */
export const MODEL_PERIOD_MS = 20 * 60_000;
/** Devices in a chunk, of which an item of about 3 KB takes three write units. */
export const CHUNK_DEVICES = 100;
/** A device that has not spoken for so long is forgotten. */
const FORGOTTEN_AFTER_MS = 30 * 86_400_000;

export interface ModelTerms {
  readonly periodMs: number;
  readonly pace: Pace;
  /** The metrics of a device that some rule wants a model of. */
  metricsOf(siteId: string, deviceId: string): readonly Metric[];
}

/** What the rules want of models; undefined where it is nothing. */
export function modelTerms(rules: readonly CompiledRule[], periodMs: number): ModelTerms | undefined {
  const unusual = rules.filter(({ rule }) => rule.kind === 'unusual');
  if (unusual.length === 0) return undefined;
  return {
    ...{ periodMs, pace: paceOf(periodMs) },
    metricsOf: (siteId, deviceId) =>
      METRICS.filter((metric) =>
        unusual.some((rule) => rule.metric === metric && rule.appliesTo(siteId, deviceId)),
      ),
  };
}

export type Outlooks = ReadonlyMap<Metric, DatedOutlook>;

export interface FoldedModel {
  /** All of the site's. */
  chunks: readonly Chunk[];
  /** Those that are to be stored, with the version that was read. */
  changed: readonly Chunk[];
  /** What the model said to the readings with which it was looked at. */
  outlooks: ReadonlyMap<Reading, Outlooks>;
}

/** Beginning of a reading's period, ms since the epoch. Each site has its own minute for it. */
export function periodOf(
  { site_id, timestamp }: Reading,
  { periodMs }: Pick<ModelTerms, 'periodMs'>,
): number {
  const shiftMs = shiftOf(site_id, periodMs);
  return Math.floor((instantMs(timestamp) - shiftMs) / periodMs) * periodMs + shiftMs;
}

/** @param readings of one site, in the order in which they came */
export function foldModel(
  chunks: readonly Chunk[],
  readings: readonly Reading[],
  terms: ModelTerms,
): FoldedModel {
  const models = new Map(chunks.flatMap(({ devices }) => [...devices]));
  const outlooks = new Map<Reading, Map<Metric, DatedOutlook>>();
  const next = new Map<string, DeviceModel>();
  for (const [deviceId, own] of byDevice(readings)) {
    const [first] = own as [Reading];
    const metrics = terms.metricsOf(first.site_id, deviceId);
    if (metrics.length === 0) continue;
    let model = models.get(deviceId);
    for (const [lookedAt, group] of byPeriod(own, model?.lookedAt, terms)) {
      model = lookAt(model, lookedAt, group, metrics, terms.pace, outlooks);
      next.set(deviceId, model);
    }
  }
  return { ...place(chunks, next), outlooks };
}

/** One period further: the mean of each metric in these readings. */
function lookAt(
  known: DeviceModel | undefined,
  lookedAt: number,
  readings: readonly Reading[],
  metrics: readonly Metric[],
  pace: Pace,
  outlooks: Map<Reading, Map<Metric, DatedOutlook>>,
): DeviceModel {
  const learnt = new Map(known?.metrics);
  for (const metric of metrics) {
    let [sum, count] = [0, 0];
    let last: Reading | undefined;
    for (const reading of readings) {
      const value = valueOfMetric(reading, metric);
      if (value === undefined) continue;
      sum += value;
      count += 1;
      last = reading;
    }
    if (last === undefined) continue;
    const { next, outlook } = learn(learnt.get(metric), sum / count, pace);
    learnt.set(metric, next);
    outlooks.set(last, (outlooks.get(last) ?? new Map()).set(metric, { ...outlook, period: lookedAt }));
  }
  return { lookedAt, metrics: learnt };
}

function byDevice(readings: readonly Reading[]): Map<string, Reading[]> {
  const devices = new Map<string, Reading[]>();
  for (const reading of readings) {
    const own = devices.get(reading.device_id);
    if (own) own.push(reading);
    else devices.set(reading.device_id, [reading]);
  }
  return devices;
}

/** Readings of later periods than the last one, oldest first, by the beginning of the period. */
function byPeriod(
  readings: readonly Reading[],
  last: number | undefined,
  terms: ModelTerms,
): [number, Reading[]][] {
  const periods: [number, Reading[]][] = [];
  for (const reading of readings) {
    const period = periodOf(reading, terms);
    if (last !== undefined && period <= last) continue;
    const group = periods.find(([one]) => one === period);
    if (group) group[1].push(reading);
    else periods.push([period, [reading]]);
  }
  return periods.sort(([a], [b]) => a - b);
}

/** Puts models where they were; new devices into the first chunk that has room. */
function place(
  chunks: readonly Chunk[],
  models: ReadonlyMap<string, DeviceModel>,
): Pick<FoldedModel, 'chunks' | 'changed'> {
  if (models.size === 0) return { chunks, changed: [] };
  const oldest = Math.max(...[...models.values()].map(({ lookedAt }) => lookedAt)) - FORGOTTEN_AFTER_MS;
  const all = chunks.map((chunk) => ({ ...chunk, devices: new Map(chunk.devices), isChanged: false }));
  for (const [deviceId, model] of models) {
    let chunk = all.find(({ devices }) => devices.has(deviceId));
    chunk ??= all.find(({ devices }) => devices.size < CHUNK_DEVICES);
    if (chunk === undefined) {
      chunk = { number: nextNumber(all), version: 0, devices: new Map(), isChanged: true };
      all.push(chunk);
    }
    chunk.devices.set(deviceId, model);
    chunk.isChanged = true;
  }
  const placed = all.map(({ isChanged, ...chunk }) => ({
    isChanged,
    chunk: isChanged ? { ...chunk, devices: since(oldest, chunk.devices, models) } : chunk,
  }));
  return {
    chunks: placed.map(({ chunk }) => chunk),
    changed: placed.filter(({ isChanged }) => isChanged).map(({ chunk }) => chunk),
  };
}

const nextNumber = (chunks: readonly { number: number }[]) =>
  chunks.reduce((next, { number }) => Math.max(next, number + 1), 0);

/** Without those that were looked at before. One that speaks now stays, whatever its clock says: no chunk is ever empty. */
function since(
  oldest: number,
  devices: Map<string, DeviceModel>,
  speaking: ReadonlyMap<string, DeviceModel>,
): Map<string, DeviceModel> {
  for (const [deviceId, { lookedAt }] of devices) {
    if (lookedAt < oldest && !speaking.has(deviceId)) devices.delete(deviceId);
  }
  return devices;
}
