/**
 * Compares alerts with the truth of a run.
 *
 * An incident counts at the time when it first fired. It belongs to an episode of the same device (by site and name) and
 * metric (for silence, any metric) if it fired from the episode's start until before its end; otherwise it is false.
 * An episode is detected if an incident belongs to it; the delay is from its start to the first one, in event time.
 */
import { type AlertStatus, WHOLE_SITE } from '../../../services/contract/alert.ts';
import { deviceNumber } from '../../../services/contract/fleet-ids.ts';
import {
  ANOMALY_KINDS,
  type AnomalyKind,
  type TruthEpisode,
  type TruthRun,
} from '../../../services/contract/truth.ts';

/** The part of an alert that scoring needs. */
export interface ScoredAlert {
  incident_id: string;
  status: AlertStatus;
  site_id: string;
  device_id: string;
  /** null for a silence. */
  metric: string | null;
  /** Event time of the transition, ISO 8601. */
  at: string;
}

export interface Rating {
  episodes: number;
  detected: number;
  missed: number;
  /** Incidents that belong to these episodes: more than `detected` if one episode opened several. */
  incidents: number;
  /** incidents / (incidents + all false ones of the run, which have no kind); null without any. */
  precision: number | null;
  /** detected / episodes; null without any. */
  recall: number | null;
  /** From the start of an episode to its first incident, event time; null when none was detected. */
  delayMs: { p50: number; p95: number } | null;
}

export interface Score {
  kinds: (Rating & { kind: AnomalyKind })[];
  total: Rating;
  falseIncidents: number;
  /** Days of observation, summed over devices; null if the truth does not say what was observed. */
  deviceDays: number | null;
  falsePerDeviceDay: number | null;
}

interface Incident {
  siteId: string;
  deviceId: string;
  metric: string | null;
  firedMs: number;
}

const DAY_MS = 86_400_000;

/**
 * `run` is undefined for a truth that was cut off: then every alert counts, whenever it was.
 * @param warmUp episodes that began before are not rated, and incidents that belong to them are neither right nor false
 */
export function score(
  episodes: readonly TruthEpisode[],
  run: TruthRun | undefined,
  alerts: readonly ScoredAlert[],
  warmUp: readonly TruthEpisode[] = [],
): Score {
  const isOfRun = run === undefined ? () => true : ofRun(run);
  const incidents = openings(alerts).filter(isOfRun);
  const found = new Map<TruthEpisode, Incident[]>(episodes.map((episode) => [episode, []]));
  const byDevice = new Map<string, TruthEpisode[]>();
  for (const episode of [...episodes, ...warmUp]) {
    const key = keyOf(episode.site_id, episode.device_id);
    byDevice.set(key, [...(byDevice.get(key) ?? []), episode]);
  }
  let falseIncidents = 0;
  for (const incident of incidents) {
    const owner = byDevice
      .get(keyOf(incident.siteId, incident.deviceId))
      ?.find((episode) => belongs(incident, episode));
    if (owner) found.get(owner)?.push(incident);
    else falseIncidents++;
  }
  const deviceDays =
    run === undefined ? null : (run.devices * (Date.parse(run.end) - Date.parse(run.start))) / DAY_MS;
  const rateAll = (list: readonly TruthEpisode[]) => rate(list, found, falseIncidents);
  return {
    kinds: ANOMALY_KINDS.map((kind) => ({ kind, list: episodes.filter((episode) => episode.kind === kind) }))
      .filter(({ list }) => list.length > 0)
      .map(({ kind, list }) => ({ kind, ...rateAll(list) })),
    total: rateAll(episodes),
    falseIncidents,
    deviceDays,
    falsePerDeviceDay: deviceDays ? falseIncidents / deviceDays : null,
  };
}

/** When each incident first fired. Without a firing alert, it opened before the alerts begin, and is left out. */
function openings(alerts: readonly ScoredAlert[]): Incident[] {
  const incidents = new Map<string, Incident>();
  for (const alert of alerts) {
    if (alert.status !== 'firing') continue;
    const firedMs = Date.parse(alert.at);
    const known = incidents.get(alert.incident_id);
    if (known) known.firedMs = Math.min(known.firedMs, firedMs);
    else {
      const { site_id: siteId, device_id: deviceId, metric } = alert;
      incidents.set(alert.incident_id, { siteId, deviceId, metric, firedMs });
    }
  }
  return [...incidents.values()];
}

const keyOf = (siteId: string, deviceId: string) => `${siteId}/${deviceId}`;

/** Ignores alerts of other runs and other devices, including devices of the same name at other sites. */
function ofRun({ seed, devices, sites, start, end }: TruthRun): (incident: Incident) => boolean {
  const siteOf = (sites ?? []).flatMap((site) => Array<string>(site.devices).fill(site.site_id));
  const [startMs, endMs] = [Date.parse(start), Date.parse(end)];
  const isOurs = (siteId: string, deviceId: string) => {
    if (deviceId === WHOLE_SITE) return sites === undefined || siteOf.includes(siteId);
    const number = deviceNumber(deviceId, seed, devices);
    return number !== undefined && (sites === undefined || siteOf[number] === siteId);
  };
  return ({ siteId, deviceId, firedMs }) =>
    isOurs(siteId, deviceId) && firedMs >= startMs && firedMs <= endMs;
}

const belongs = (incident: Incident, { metric, start, end }: TruthEpisode) =>
  (metric === null || metric === incident.metric) &&
  incident.firedMs >= Date.parse(start) &&
  incident.firedMs < Date.parse(end);

function rate(
  episodes: readonly TruthEpisode[],
  found: ReadonlyMap<TruthEpisode, Incident[]>,
  falseIncidents: number,
): Rating {
  let incidents = 0;
  const delays: number[] = [];
  for (const episode of episodes) {
    const own = found.get(episode) ?? [];
    incidents += own.length;
    if (own.length > 0) {
      delays.push(Math.min(...own.map(({ firedMs }) => firedMs)) - Date.parse(episode.start));
    }
  }
  delays.sort((a, b) => a - b);
  return {
    episodes: episodes.length,
    detected: delays.length,
    missed: episodes.length - delays.length,
    incidents,
    precision: incidents + falseIncidents > 0 ? incidents / (incidents + falseIncidents) : null,
    recall: episodes.length > 0 ? delays.length / episodes.length : null,
    delayMs: delays.length > 0 ? { p50: nearestRank(delays, 0.5), p95: nearestRank(delays, 0.95) } : null,
  };
}

/** Percentile by nearest rank of a sorted, non-empty list. */
const nearestRank = (sorted: readonly number[], quantile: number) =>
  sorted[Math.ceil(quantile * sorted.length) - 1] as number;
