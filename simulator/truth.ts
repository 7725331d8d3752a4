/**
 * The ground truth: which anomalies there were, as NDJSON beside the stream and never on it. One `episode` line each
 * when it is over, and one `run` line at the end, which says what was observed: without it nothing can be rated per
 * device-day.
 */
import { z } from 'zod';
import { formatTimestamp, METRICS } from '../services/contract/reading.ts';
import { ANOMALY_KINDS, type Episode } from './anomaly.ts';

export const episodeSchema = z.object({
  type: z.literal('episode'),
  device_id: z.string(),
  site_id: z.string(),
  kind: z.enum(ANOMALY_KINDS),
  /** null for `dropout`, which silences the whole device. */
  metric: z.enum(METRICS).nullable(),
  /** Event time of the first reading inside, and of the first one after it; ISO 8601. */
  start: z.iso.datetime(),
  end: z.iso.datetime(),
  /** Readings inside; those of a `dropout` were not made. */
  readings: z.number().int(),
  /** Largest distance from what would have been measured, in the metric's unit. */
  magnitude: z.number(),
});

export const runSchema = z.object({
  type: z.literal('run'),
  seed: z.number(),
  devices: z.number().int(),
  interval_ms: z.number(),
  anomaly_rate: z.number(),
  start: z.iso.datetime(),
  end: z.iso.datetime(),
});

export const truthLineSchema = z.discriminatedUnion('type', [episodeSchema, runSchema]);
export type TruthEpisode = z.infer<typeof episodeSchema>;
export type TruthRun = z.infer<typeof runSchema>;

/** What is known of an episode as soon as it has begun. */
export const episodeStart = (device: { deviceId: string; siteId: string }, episode: Episode) => ({
  device_id: device.deviceId,
  site_id: device.siteId,
  kind: episode.kind,
  metric: episode.metric ?? null,
  start: formatTimestamp(episode.startMs ?? 0),
});

/** The truth about one episode; `endMs` is the event time of the first reading after it. */
export function episodeTruth(
  device: { deviceId: string; siteId: string },
  episode: Episode,
  endMs: number,
): TruthEpisode {
  return {
    type: 'episode',
    device_id: device.deviceId,
    site_id: device.siteId,
    kind: episode.kind,
    metric: episode.metric ?? null,
    start: formatTimestamp(episode.startMs ?? endMs),
    end: formatTimestamp(endMs),
    readings: episode.readings,
    magnitude: Math.round(episode.magnitude * 100) / 100,
  };
}
