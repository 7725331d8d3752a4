/** Episodes as lines of the truth file. */
import { formatTimestamp } from '../services/contract/reading.ts';
import type { TruthEpisode } from '../services/contract/truth.ts';
import type { Episode } from './anomaly.ts';

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
