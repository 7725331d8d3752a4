/**
 * Passes readings through the detector's own fold, for the incidents and e-mails there would have been: a detector whose
 * state is in memory, and whose alerts are sent at once.
 */
import { MAX_CLOCK_SKEW_MS, type Reading } from '../../../services/contract/reading.ts';
import { instantOf } from '../../../services/contract/time.ts';
import { type CompiledRule, quietTest } from '../../../services/detector/compile.ts';
import {
  type Folded,
  foldDevice,
  type PlacedRecord,
  type Task,
  tasksOf,
} from '../../../services/detector/fold.ts';
import { type ReplayedIncident, ReplayedIncidents } from './replayed.ts';
import { type Round, Rounds } from './rounds.ts';

type Item = Folded['stored'];

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
  const isQuiet = quietTest(rules);

  function fold(round: Round | undefined): void {
    const siteId = round?.[0]?.site_id;
    if (round === undefined || siteId === undefined) return;
    let site = sites.get(siteId);
    if (site === undefined) {
      site = new SiteReplay(siteId, rules, isQuiet, found);
      sites.set(siteId, site);
    }
    site.fold(round);
  }

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

/** The state of one site. */
class SiteReplay {
  readonly #siteId: string;
  readonly #rules: readonly CompiledRule[];
  readonly #isQuiet: (reading: Reading) => boolean;
  readonly #found: ReplayedIncidents;
  readonly #items = new Map<string, Item>();
  /** Event time of each device's last reading. */
  readonly #seenUntil = new Map<string, string>();
  /** Event time of the site's newest reading. */
  #front = '';
  #rounds = 0;

  constructor(
    siteId: string,
    rules: readonly CompiledRule[],
    isQuiet: (reading: Reading) => boolean,
    found: ReplayedIncidents,
  ) {
    this.#siteId = siteId;
    this.#rules = rules;
    this.#isQuiet = isQuiet;
    this.#found = found;
  }

  seenUntil = (deviceId: string): string => this.#seenUntil.get(deviceId) ?? this.#front;

  fold(round: Round): void {
    for (const { device_id, timestamp } of round) {
      const at = instantOf(timestamp);
      this.#seenUntil.set(device_id, at);
      if (at > this.#front) this.#front = at;
    }
    const site = {
      ...{ siteId: this.#siteId, firstRecord: 0, readings: [...round], records: round.map(() => 0) },
      restless: new Set(round.filter((reading) => !this.#isQuiet(reading)).map(({ device_id }) => device_id)),
    };
    const records = this.#record();
    for (const task of tasksOf(site, records, [...this.#items.values()], this.#rules)) this.#do(task);
  }

  /** Empties the outbox as often as the detector would publish it. */
  #do(task: Task): void {
    for (let next = task; ; ) {
      const folded = foldDevice(next, Date.parse(this.#front));
      this.#found.add(folded);
      const stored = { ...folded.stored, outbox: [] };
      if (stored.incident !== undefined) this.#items.set(`${stored.deviceId}\n${stored.rule}`, stored);
      if (folded.rest.length === 0) return;
      next = { ...next, before: stored, observations: folded.rest };
    }
  }

  /** The record that a round came with: as newest as its site, and the next one of its shard. */
  #record(): PlacedRecord[] {
    const sequenceNumber = String(++this.#rounds);
    const kinesis = { sequenceNumber, approximateArrivalTimestamp: Date.parse(this.#front) / 1000 };
    return [{ eventID: `replay:${sequenceNumber}`, kinesis }];
  }
}

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
