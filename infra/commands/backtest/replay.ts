/**
 * Passes readings through the detector's own fold, for the incidents and e-mails there would have been: a detector whose
 * state is in memory, and whose alerts are sent at once.
 */
import { WHOLE_SITE } from '../../../services/contract/alert.ts';
import { MAX_CLOCK_SKEW_MS, type Reading } from '../../../services/contract/reading.ts';
import { instantOf, sentHourOf } from '../../../services/contract/time.ts';
import type { CompiledRule } from '../../../services/detector/compile.ts';
import { type ReplayedIncident, ReplayedIncidents } from './replayed.ts';
import { type Round, Rounds } from './rounds.ts';
import { SiteReplay } from './site-replay.ts';
import { WatchReplay } from './watch-replay.ts';

export interface Replay {
  /** Takes the next reading, in the order in which a stream would have brought them. */
  take(reading: Reading): void;
  /** Ends the replay. */
  incidents(): ReplayedIncident[];
}

const HOUR_MS = 3_600_000;

export function createReplay(rules: readonly CompiledRule[]): Replay {
  const rounds = new Rounds();
  const sites = new Map<string, SiteReplay>();
  const found = new ReplayedIncidents(rules);
  const watch = new WatchReplay(rules, found);
  let newestMs = 0;
  const fold = (round: Round | undefined) => {
    const siteId = round?.[0]?.site_id;
    if (round === undefined || siteId === undefined) return;
    let site = sites.get(siteId);
    if (site === undefined) {
      site = new SiteReplay(siteId, rules, found);
      sites.set(siteId, site);
    }
    site.fold(round);
    newestMs = Math.max(newestMs, Date.parse(site.seenUntil(WHOLE_SITE)));
    watch.look(newestMs, () => [...sites.values()].flatMap(({ front }) => front ?? []));
  };
  return {
    take(reading) {
      if (!isSkewed(reading)) fold(rounds.add(reading));
    },
    incidents() {
      for (const round of rounds.rest()) fold(round);
      return found.list((siteId, deviceId) => sites.get(siteId)?.seenUntil(deviceId) ?? '');
    },
  };
}

/** @param readings in order of time within each site */
export function replayHistory(
  readings: Iterable<Reading>,
  rules: readonly CompiledRule[],
): ReplayedIncident[] {
  const replay = createReplay(rules);
  for (const reading of readings) replay.take(reading);
  return replay.incidents();
}

/**
 * The detector does not evaluate a reading that is too far ahead of its arrival. History knows only the hour of
 * sending, so a clock that is less than an hour ahead may go unnoticed here.
 */
function isSkewed({ timestamp: written, timestamp_sent: sent }: Reading): boolean {
  const timestamp = instantOf(written);
  // Nearly all readings were made in the hour in which they were sent, or earlier.
  if (sentHourOf(timestamp) <= sent) return false;
  const hourMs = Date.parse(`${sent.slice(0, 10)}T${sent.slice(11)}:00:00.000Z`);
  return Date.parse(timestamp) > hourMs + HOUR_MS + MAX_CLOCK_SKEW_MS;
}
