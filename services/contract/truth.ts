/**
 * The truth about a simulation: which anomalies there really were, whether or not a rule noticed. It is told beside the
 * stream and never on it: as NDJSON for `npm run score`, and to the process that started the simulator.
 */
import * as z from 'zod/mini';
import './english.ts';
import { METRICS } from './reading.ts';

/** Of one device. */
export const DEVICE_ANOMALIES = [
  'spike',
  'sustained',
  'drift',
  'stuck',
  'noise',
  'dropout',
  'shift',
] as const;
/** An outage silences a whole site. */
export const ANOMALY_KINDS = [...DEVICE_ANOMALIES, 'outage'] as const;
export type DeviceAnomaly = (typeof DEVICE_ANOMALIES)[number];
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

/** What is known of an episode from its first reading on. */
const begun = {
  /** `*` for an `outage`. */
  device_id: z.string(),
  site_id: z.string(),
  kind: z.enum(ANOMALY_KINDS),
  /** null for `dropout` and `outage`, which silence whole devices. */
  metric: z.nullable(z.enum(METRICS)),
  /** Event time of the first reading inside; ISO 8601. */
  start: z.iso.datetime(),
};

export const episodeBeginsSchema = z.object({ type: z.literal('episode-begins'), ...begun });

/** One line for each episode, when it is over. */
export const episodeSchema = z.object({
  type: z.literal('episode'),
  ...begun,
  /** Event time of the first reading after it; ISO 8601. */
  end: z.iso.datetime(),
  /** Readings inside; those of a `dropout` were not made. Of an `outage`, polls of the site without an answer. */
  readings: z.int(),
  /** Largest distance from what would have been measured, in the metric's unit. */
  magnitude: z.number(),
});

/** One line at the end of a run: what was observed. Without it, nothing can be rated per device-day. */
export const runSchema = z.object({
  type: z.literal('run'),
  seed: z.number(),
  devices: z.int(),
  /** In the order of the devices' numbers. A truth that was written before it had them counts every site. */
  sites: z.optional(z.array(z.object({ site_id: z.string(), devices: z.int() }))),
  interval_ms: z.number(),
  anomaly_rate: z.number(),
  start: z.iso.datetime(),
  end: z.iso.datetime(),
});

export const truthLineSchema = z.discriminatedUnion('type', [episodeSchema, runSchema]);

export type EpisodeBegins = z.infer<typeof episodeBeginsSchema>;
export type TruthEpisode = z.infer<typeof episodeSchema>;
export type TruthRun = z.infer<typeof runSchema>;
