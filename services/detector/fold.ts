/** One site's readings folded into its incidents. Pure: what to write and what to tell, and neither is done here. */
import type { KinesisStreamRecord } from 'aws-lambda';
import type { Alert } from '../contract/alert.ts';
import type { Reading } from '../contract/reading.ts';
import { toAlert } from './alert-row.ts';
import { type CompiledRule, isBreach } from './compile.ts';
import type { SiteBatch } from './decode.ts';
import { detect, type Step, type Transition } from './detect.ts';
import { followLate, sightingOf } from './mark.ts';
import { deviceRule, type Position, type StoredIncident } from './stored-incident.ts';

export interface Observation {
  reading: Reading;
  position: Position;
}

/** What the fold must know of a record. */
export interface PlacedRecord extends Pick<KinesisStreamRecord, 'eventID'> {
  kinesis: Pick<KinesisStreamRecord['kinesis'], 'sequenceNumber' | 'approximateArrivalTimestamp'>;
}

/** The readings of one device under one rule, and the item that they are to be folded into. */
export interface Task {
  before: StoredIncident;
  observations: readonly Observation[];
  rule: CompiledRule;
}

/** What a task made of its item. */
export interface Folded extends Task {
  stored: StoredIncident;
  /** Must it be written? */
  changed: boolean;
  transitions: Transition[];
  /** Observations that came late, or that the sender repeated. */
  late: Observation[];
  /** Observations that were folded before: Lambda repeats a batch. */
  replayed: Observation[];
  /** Observations that showed that the device's clock had been set back. */
  setBack: Observation[];
  /** Observations for which the outbox has no room until its alerts are published. */
  rest: readonly Observation[];
}

/**
 * Alerts in one outbox: as many as surely fit into an item of 400 KB. An alert takes 2 KB at most, for the longest
 * names and a summary of nothing but characters that JSON escapes.
 */
export const MAX_OUTBOX = 100;

/**
 * Only devices that need attention are folded: those with an item, and those with a reading that may breach.
 * @param records of the batch, for the positions of the readings
 * @param items every item of the site
 */
export function tasksOf(
  site: SiteBatch,
  records: readonly PlacedRecord[],
  items: readonly StoredIncident[],
  rules: readonly CompiledRule[],
): Task[] {
  const devices = observe(site, records, items);
  const stored = new Map(items.map((item) => [deviceRule(item.deviceId, item.rule), item]));
  const tasks: Task[] = [];
  for (const [deviceId, observations] of devices) {
    if (observations.length === 0) continue;
    for (const rule of rules) {
      const item = stored.get(deviceRule(deviceId, rule.name));
      if (item === undefined && !observations.some(({ reading }) => isBreach(reading, rule))) continue;
      if (!rule.appliesTo(site.siteId, deviceId)) continue;
      const before = item ?? newItem(site.siteId, deviceId, rule.name);
      tasks.push({ before, observations, rule });
    }
  }
  return tasks;
}

/** The observations of every device that needs attention. */
function observe(
  site: SiteBatch,
  records: readonly PlacedRecord[],
  items: readonly StoredIncident[],
): Map<string, Observation[]> {
  const devices = new Map<string, Observation[]>();
  for (const deviceId of site.restless) devices.set(deviceId, []);
  for (const item of items) devices.set(item.deviceId, []);
  if (devices.size === 0) return devices;
  let line = 0;
  for (const [i, reading] of site.readings.entries()) {
    const index = site.records[i] ?? -1;
    line = index === site.records[i - 1] ? line + 1 : 0;
    const observations = devices.get(reading.device_id);
    const record = observations && records[index];
    if (record) observations.push({ reading, position: positionOf(record, line) });
  }
  return devices;
}

export const newItem = (siteId: string, deviceId: string, rule: string): StoredIncident => ({
  siteId,
  deviceId,
  rule,
  version: 0,
  incident: undefined,
  outbox: [],
  folded: undefined,
  behind: undefined,
});

/**
 * All observations of a task into its item, or as many as its outbox has room for.
 * @param nowMs goes into the alerts as the hour of sending
 */
export function foldDevice({ before, observations, rule }: Task, nowMs: number): Folded {
  let { incident, behind } = before;
  const transitions: Transition[] = [];
  const outbox: Alert[] = [...before.outbox];
  const late: Observation[] = [];
  const replayed: Observation[] = [];
  const setBack: Observation[] = [];
  let next = 0;
  for (; next < observations.length && outbox.length < MAX_OUTBOX; next += 1) {
    const observation = observations[next] as Observation;
    const { reading, position } = observation;
    if (isReplay(position, before.folded)) {
      replayed.push(observation);
      continue;
    }
    const { step, behind: follows } = stepOf(incident, behind, observation, rule);
    ({ incident } = step);
    behind = follows;
    if (step.late) late.push(observation);
    if (step.setBack) setBack.push(observation);
    if (step.transition === undefined) continue;
    transitions.push(step.transition);
    if (step.transition.status === 'resolved' && !rule.rule.sendResolved) continue;
    outbox.push(toAlert(step.transition, reading, rule, nowMs));
  }
  const rest = observations.slice(next);
  const told = { before, observations, rule, transitions, late, replayed, setBack, rest };
  if (incident === before.incident && behind === before.behind)
    return { ...told, stored: before, changed: false };
  const folded = observations[next - 1]?.position;
  return { ...told, stored: { ...before, incident, folded, behind, outbox }, changed: true };
}

/** One observation further, and the late reading from which on there are only late ones. */
function stepOf(
  incident: StoredIncident['incident'],
  behind: StoredIncident['behind'],
  { reading, position: { arrived } }: Observation,
  rule: CompiledRule,
): { step: Step; behind: StoredIncident['behind'] } {
  const step = detect(incident, reading, rule, { arrived });
  if (incident === undefined || !step.late)
    return { step, behind: rule.valueOf(reading) === undefined ? behind : undefined };
  const followed = followLate(behind, sightingOf(reading, arrived), incident.mark);
  if (followed !== 'restarted') return { step, behind: followed };
  return { step: detect(incident, reading, rule, { arrived, restarted: true }), behind: undefined };
}

/**
 * Was this reading folded into the item before? The mark alone would not tell: among readings that came out of order,
 * one that did not matter then may be newer than the one that did. The arrival is compared too, so that no stream with
 * other sequence numbers can ever blind a device.
 */
function isReplay(position: Position, folded: Position | undefined): boolean {
  if (folded === undefined || position.shard !== folded.shard || position.arrived > folded.arrived)
    return false;
  const order = compareSequence(position.sequence, folded.sequence);
  return order < 0 || (order === 0 && position.line <= folded.line);
}

/** Sequence numbers are decimal numbers of up to 56 digits, without leading zeros. */
function compareSequence(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a === b ? 0 : 1;
}

function positionOf({ eventID, kinesis }: PlacedRecord, line: number): Position {
  const arrived = kinesis.approximateArrivalTimestamp;
  // An event id is `shardId-000000000006:` and the sequence number.
  return { shard: eventID.split(':', 1)[0] ?? '', sequence: kinesis.sequenceNumber, arrived, line };
}
