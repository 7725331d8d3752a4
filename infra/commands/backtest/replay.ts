/** History through the detector's own fold: the incidents and e-mails there would have been. */
import { MAX_CLOCK_SKEW_MS, type Metric, type Reading } from '../../../services/contract/reading.ts';
import type { Severity } from '../../../services/contract/rule.ts';
import { type CompiledRule, isBreach } from '../../../services/detector/compile.ts';
import { type Folded, foldDevice, newItem, type Observation } from '../../../services/detector/fold.ts';

export interface ReplayedIncident {
  incident_id: string;
  rule: string;
  metric: Metric;
  device_id: string;
  site_id: string;
  /** The highest that it reached. */
  severity: Severity;
  /** Event time of the breach that opened it. */
  started_at: string;
  /** Event time of its end; null when history ends before. */
  ended_at: string | null;
  /** Event time of the device's last reading: how far an open incident is known to last. */
  seen_until: string;
  /** Worst value, in the metric's unit. */
  peak: number;
  /** E-mails: one per transition that people are told of. */
  emails: number;
  /** Event time of each, by which they are counted into days. */
  emailed_at: string[];
}

const HOUR_MS = 3_600_000;
/** Positions tell a consumer's retry from new readings. History has no retries: all of it is one record. */
const RECORD = { shard: '', sequence: '0', arrived: 0 };

/** @param readings of one device, in order of time */
export function replayDevice(
  readings: readonly Reading[],
  rules: readonly CompiledRule[],
): ReplayedIncident[] {
  const [first] = readings;
  const last = readings.at(-1);
  if (!first || !last) return [];
  const observations = readings.map((reading, line) => ({ reading, position: { ...RECORD, line } }));
  return rules.flatMap((rule) => {
    if (!rule.appliesTo(first.site_id, first.device_id)) return [];
    if (!readings.some((reading) => isBreach(reading, rule))) return [];
    const rounds = foldAll(observations, rule, Date.parse(last.timestamp));
    const transitions = rounds.flatMap((round) => round.transitions);
    const alerts = rounds.flatMap(({ stored }) => stored.outbox);
    const incidents = new Map<string, ReplayedIncident>();
    for (const { status, incidentId, severity, startedAt, at, peak } of transitions) {
      const emailedAt = alerts.filter((alert) => alert.incident_id === incidentId).map((alert) => alert.at);
      incidents.set(incidentId, {
        incident_id: incidentId,
        rule: rule.name,
        metric: rule.metric,
        device_id: first.device_id,
        site_id: first.site_id,
        severity,
        started_at: startedAt,
        ended_at: status === 'resolved' ? at : null,
        seen_until: last.timestamp,
        peak,
        emails: emailedAt.length,
        emailed_at: emailedAt,
      });
    }
    // Only the fold knows how an open incident has gone on since its last transition.
    const incident = rounds.at(-1)?.stored.incident;
    if (incident?.state === 'firing' || incident?.state === 'recovering') {
      const open = incidents.get(incident.incidentId);
      if (open) incidents.set(incident.incidentId, { ...open, peak: incident.peak });
    }
    return [...incidents.values()];
  });
}

/** As often as the detector would publish what is in the outbox, and empty it. */
function foldAll(observations: readonly Observation[], rule: CompiledRule, nowMs: number): Folded[] {
  const [{ reading }] = observations as [Observation];
  let before = newItem(reading.site_id, reading.device_id, rule.name);
  const rounds: Folded[] = [];
  for (let rest = observations; rest.length > 0; ) {
    const round = foldDevice({ before, observations: rest, rule }, nowMs);
    rounds.push(round);
    before = { ...round.stored, outbox: [] };
    rest = round.rest;
  }
  return rounds;
}

/** One list per device, of readings in order of site, device and time; without repeats and skewed ones. */
export function* byDevice(readings: Iterable<Reading>): Generator<Reading[]> {
  let device: Reading[] = [];
  for (const reading of readings) {
    if (isSkewed(reading)) continue;
    const before = device.at(-1);
    if (before && (before.device_id !== reading.device_id || before.site_id !== reading.site_id)) {
      yield device;
      device = [];
    } else if (before && before.timestamp === reading.timestamp && before.seq === reading.seq) {
      continue;
    }
    device.push(reading);
  }
  if (device.length > 0) yield device;
}

/**
 * The detector does not evaluate a reading that is too far ahead of its arrival. History knows only the hour of
 * sending, so a clock that is less than an hour ahead may go unnoticed here.
 */
function isSkewed({ timestamp, timestamp_sent: sent }: Reading): boolean {
  const hourMs = Date.parse(`${sent.slice(0, 10)}T${sent.slice(11)}:00:00.000Z`);
  return Date.parse(timestamp) > hourMs + HOUR_MS + MAX_CLOCK_SKEW_MS;
}
