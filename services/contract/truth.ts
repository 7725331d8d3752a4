/**
 * The ground truth of a simulated run: which anomalies there were, as NDJSON beside the stream and never on it. One
 * `episode` line each when it is over, and one `run` line at the end, which says what was observed: without it nothing
 * can be rated per device-day.
 */
import * as z from 'zod/mini';
import './english.ts';
import { METRICS } from './reading.ts';

export const ANOMALY_KINDS = ['spike', 'sustained', 'drift', 'stuck', 'noise', 'dropout'] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

export const truthEpisodeSchema = z.object({
  type: z.literal('episode'),
  device_id: z.string(),
  site_id: z.string(),
  kind: z.enum(ANOMALY_KINDS),
  /** null for `dropout`, which silences the whole device. */
  metric: z.nullable(z.enum(METRICS)),
  /** Event time of the first reading inside, and of the first one after it; ISO 8601. */
  start: z.iso.datetime(),
  end: z.iso.datetime(),
  /** Readings inside; those of a `dropout` were not made. */
  readings: z.int(),
  /** Largest distance from what would have been measured, in the metric's unit. */
  magnitude: z.number(),
});

export const truthRunSchema = z.object({
  type: z.literal('run'),
  seed: z.number(),
  devices: z.int(),
  interval_ms: z.number(),
  anomaly_rate: z.number(),
  start: z.iso.datetime(),
  end: z.iso.datetime(),
});

export const truthLineSchema = z.discriminatedUnion('type', [truthEpisodeSchema, truthRunSchema]);
export type TruthEpisode = z.infer<typeof truthEpisodeSchema>;
export type TruthRun = z.infer<typeof truthRunSchema>;

/** Number, from 0, of the device that an id such as `dev-3` names; undefined if a fleet of `devices` has none such. */
export function deviceNumber(id: string, devices: number): number | undefined {
  const match = /^dev-([1-9]\d{0,8})$/.exec(id);
  const device = match ? Number(match[1]) - 1 : Number.NaN;
  return device < devices ? device : undefined;
}
