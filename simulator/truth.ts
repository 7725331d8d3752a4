/** The truth about the episodes of a fleet. */
import { formatTimestamp } from '../services/contract/reading.ts';
import type { EpisodeBegins, TruthEpisode } from '../services/contract/truth.ts';
import type { Subject } from './course.ts';
import type { Episode } from './episode.ts';

/** An episode as known when it begins. */
export const episodeStart = (subject: Subject, episode: Episode): EpisodeBegins => ({
  type: 'episode-begins',
  device_id: subject.deviceId,
  site_id: subject.siteId,
  kind: episode.kind,
  metric: episode.metric ?? null,
  start: formatTimestamp(episode.startMs ?? 0),
});

/** The truth about one episode; `endMs` is the event time of the first reading after it. */
export const episodeTruth = (subject: Subject, episode: Episode, endMs: number): TruthEpisode => ({
  ...episodeStart(subject, episode),
  type: 'episode',
  start: formatTimestamp(episode.startMs ?? endMs),
  end: formatTimestamp(endMs),
  readings: episode.readings,
  magnitude: Math.round(episode.magnitude * 100) / 100,
});
