/** Passes history through the detector's own fold, for the incidents and e-mails there would have been. */
import { MAX_CLOCK_SKEW_MS, type Metric, type Reading } from '../../../services/contract/reading.ts';
import type { Severity } from '../../../services/contract/rule.ts';
import { instantOf } from '../../../services/contract/time.ts';
import { type CompiledRule, isBreach } from '../../../services/detector/compile.ts';
import { type Folded, foldDevice, newItem, type Observation } from '../../../services/detector/fold.ts';

type Item = Folded['stored'];
type Transition = Folded['transitions'][number];

export interface ReplayedIncident {
  incident_id: string;
  rule: string;
  metric: Metric | null;
  device_id: string;
  site_id: string;
  /** The highest severity that it reached. */
  severity: Severity;
  /** Event time of the breach that opened it. */
  started_at: string;
  /** Event time of its end; null when history ends before. */
  ended_at: string | null;
  /** Event time of the device's last reading, up to which an open incident is known to last. */
  seen_until: string;
  /** Worst value, in the metric's unit. */
  peak: number;
  /** E-mails: one per transition that is published. */
  emails: number;
  /** Event time of each, to count them by day. */
  emailed_at: string[];
}

const HOUR_MS = 3_600_000;
/** Positions distinguish a consumer's retry from new readings. History has no retries, so all of it is one record. */
const RECORD = { shard: '', sequence: '0', arrived: 0 };
/** Number of readings of a device that are folded together, so that a long history is never in memory as a whole. */
const BATCH = 1000;

/** @param readings in order of site, device and time */
export function replayHistory(
  readings: Iterable<Reading>,
  rules: readonly CompiledRule[],
): ReplayedIncident[] {
  const replays: DeviceReplay[] = [];
  for (const batch of inBatches(readings)) {
    const [first] = batch as [Reading];
    let replay = replays.at(-1);
    if (!replay?.isOf(first)) {
      replay = new DeviceReplay(first, rules);
      replays.push(replay);
    }
    replay.fold(batch);
  }
  return replays.flatMap((replay) => replay.incidents());
}

interface ReplayedRule {
  rule: CompiledRule;
  item: Item;
  /** By id. */
  incidents: Map<string, ReplayedIncident>;
}

/** The incidents of one device under each rule. */
class DeviceReplay {
  readonly #siteId: string;
  readonly #deviceId: string;
  readonly #rules: ReplayedRule[];
  #lastTimestamp = '';
  /** Readings so far. */
  #lines = 0;

  constructor({ site_id, device_id }: Reading, rules: readonly CompiledRule[]) {
    [this.#siteId, this.#deviceId] = [site_id, device_id];
    this.#rules = rules
      .filter((rule) => rule.appliesTo(site_id, device_id))
      .map((rule) => ({ rule, item: newItem(site_id, device_id, rule.name), incidents: new Map() }));
  }

  isOf = ({ site_id, device_id }: Reading): boolean =>
    site_id === this.#siteId && device_id === this.#deviceId;

  /** @param readings at least one, later than those before */
  fold(readings: readonly Reading[]): void {
    this.#lastTimestamp = instantOf((readings.at(-1) as Reading).timestamp);
    const observations = readings.map((reading) => ({
      reading,
      position: { ...RECORD, line: this.#lines++ },
    }));
    for (const replayed of this.#rules) {
      const { rule, item } = replayed;
      if (item.incident === undefined && !readings.some((reading) => isBreach(reading, rule))) continue;
      this.#foldRule(replayed, observations);
    }
  }

  /** Empties the outbox as often as the detector would publish it. */
  #foldRule(replayed: ReplayedRule, observations: readonly Observation[]): void {
    const { rule, incidents } = replayed;
    for (let rest = observations; rest.length > 0; ) {
      const task = { before: replayed.item, observations: rest, rule };
      const round = foldDevice(task, Date.parse(this.#lastTimestamp));
      for (const transition of round.transitions) {
        const before = incidents.get(transition.incidentId);
        incidents.set(transition.incidentId, this.#incidentOf(rule, transition, before));
      }
      for (const { incident_id: id, at } of round.stored.outbox) incidents.get(id)?.emailed_at.push(at);
      replayed.item = { ...round.stored, outbox: [] };
      rest = round.rest;
    }
  }

  incidents(): ReplayedIncident[] {
    return this.#rules.flatMap(({ item, incidents }) =>
      [...incidents.values()].map((incident) => ({
        ...incident,
        seen_until: this.#lastTimestamp,
        // Only the fold knows how an open incident has gone on since its last transition.
        peak: openPeak(item, incident.incident_id) ?? incident.peak,
        emails: incident.emailed_at.length,
      })),
    );
  }

  #incidentOf(rule: CompiledRule, transition: Transition, before?: ReplayedIncident): ReplayedIncident {
    const { status, incidentId, severity, startedAt, at, peak } = transition;
    return {
      ...{ incident_id: incidentId, rule: rule.name, metric: rule.metric },
      ...{ device_id: this.#deviceId, site_id: this.#siteId },
      severity,
      started_at: startedAt,
      ended_at: status === 'resolved' ? at : null,
      seen_until: at,
      peak,
      ...{ emails: 0, emailed_at: before?.emailed_at ?? [] },
    };
  }
}

/** The peak of an incident, if it is the one that is open. */
function openPeak({ incident }: Item, incidentId: string): number | undefined {
  if (incident?.state !== 'firing' && incident?.state !== 'recovering') return undefined;
  return incident.incidentId === incidentId ? incident.peak : undefined;
}

/** Lists of readings of one device, without repeats and skewed ones. */
function* inBatches(readings: Iterable<Reading>): Generator<Reading[]> {
  let batch: Reading[] = [];
  for (const reading of readings) {
    if (isSkewed(reading)) continue;
    const before = batch.at(-1);
    const sameDevice = before?.device_id === reading.device_id && before.site_id === reading.site_id;
    if (sameDevice && before.seq === reading.seq && isSameTime(before, reading)) continue;
    if (before && (!sameDevice || batch.length >= BATCH)) {
      yield batch;
      batch = [];
    }
    batch.push(reading);
  }
  if (batch.length > 0) yield batch;
}

const isSameTime = (a: Reading, b: Reading) => instantOf(a.timestamp) === instantOf(b.timestamp);

/**
 * The detector does not evaluate a reading that is too far ahead of its arrival. History knows only the hour of
 * sending, so a clock that is less than an hour ahead may go unnoticed here.
 */
function isSkewed({ timestamp: written, timestamp_sent: sent }: Reading): boolean {
  const timestamp = instantOf(written);
  // Nearly all readings were made in the hour in which they were sent, or earlier.
  if (`${timestamp.slice(0, 10)} ${timestamp.slice(11, 13)}` <= sent) return false;
  const hourMs = Date.parse(`${sent.slice(0, 10)}T${sent.slice(11)}:00:00.000Z`);
  return Date.parse(timestamp) > hourMs + HOUR_MS + MAX_CLOCK_SKEW_MS;
}
