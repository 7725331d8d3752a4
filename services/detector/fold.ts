/** One site's readings folded into its incidents. Pure: what to write and what to tell, and neither is done here. */
import type { KinesisStreamRecord } from 'aws-lambda';
import type { Alert } from '../contract/alert.ts';
import type { Reading } from '../contract/reading.ts';
import { toAlert } from './alert-row.ts';
import { type CompiledRule, isBreach } from './compile.ts';
import type { SiteBatch } from './decode.ts';
import { detect, type Transition } from './detect.ts';
import { deviceRule, type Position, type StoredIncident } from './stored-incident.ts';

export interface Observation {
  reading: Reading;
  position: Position;
}

/** The readings of one device under one rule, and what they made of the item that was stored. */
export interface Folded {
  rule: CompiledRule;
  observations: readonly Observation[];
  stored: StoredIncident;
  /** Must it be written? */
  changed: boolean;
  transitions: Transition[];
  /** Observations that came late or twice. */
  late: Observation[];
}

/**
 * Only devices that need attention are folded: those with an item, and those with a reading that may breach.
 * @param records of the batch, for the positions of the readings
 * @param items every item of the site
 * @param nowMs goes into the alerts as the hour of sending
 */
export function foldSite(
  site: SiteBatch,
  records: readonly KinesisStreamRecord[],
  items: readonly StoredIncident[],
  rules: readonly CompiledRule[],
  nowMs: number,
): Folded[] {
  const devices = new Map<string, Observation[]>();
  for (const deviceId of site.restless) devices.set(deviceId, []);
  for (const item of items) devices.set(item.deviceId, []);
  if (devices.size === 0) return [];
  for (const [i, reading] of site.readings.entries()) {
    const observations = devices.get(reading.device_id);
    const record = observations && records[site.records[i] ?? -1];
    if (record) observations.push({ reading, position: positionOf(record) });
  }

  const stored = new Map(items.map((item) => [deviceRule(item.deviceId, item.rule), item]));
  const folded: Folded[] = [];
  for (const [deviceId, observations] of devices) {
    if (observations.length === 0) continue;
    for (const rule of rules) {
      const item = stored.get(deviceRule(deviceId, rule.name));
      if (item === undefined && !observations.some(({ reading }) => isBreach(reading, rule))) continue;
      if (!rule.appliesTo(site.siteId, deviceId)) continue;
      const before = item ?? newItem(site.siteId, deviceId, rule.name);
      folded.push(foldDevice(before, observations, rule, nowMs));
    }
  }
  return folded;
}

export const newItem = (siteId: string, deviceId: string, rule: string): StoredIncident => ({
  siteId,
  deviceId,
  rule,
  version: 0,
  incident: undefined,
  outbox: [],
  folded: undefined,
});

/** All observations of the batch about one item. */
export function foldDevice(
  before: StoredIncident,
  observations: readonly Observation[],
  rule: CompiledRule,
  nowMs: number,
): Folded {
  let { incident } = before;
  const transitions: Transition[] = [];
  const alerts: Alert[] = [];
  const late: Observation[] = [];
  for (const observation of observations) {
    if (isReplay(observation.position, before.folded)) {
      late.push(observation);
      continue;
    }
    const step = detect(incident, observation.reading, rule);
    incident = step.incident;
    if (step.late) late.push(observation);
    if (step.transition === undefined) continue;
    transitions.push(step.transition);
    if (step.transition.status === 'resolved' && !rule.rule.sendResolved) continue;
    alerts.push(toAlert(step.transition, observation.reading, rule, nowMs));
  }
  if (incident === before.incident)
    return { rule, observations, stored: before, changed: false, transitions, late };
  const outbox = [...before.outbox, ...alerts];
  const stored = { ...before, incident, folded: observations.at(-1)?.position, outbox };
  return { rule, observations, stored, changed: true, transitions, late };
}

/**
 * Was this record folded into the item before? High-water marks alone would not tell: among readings that came out
 * of order, one that did not matter then may be newer than the one that did. The arrival is compared too, so that
 * no stream with other sequence numbers can ever blind a device.
 */
function isReplay(position: Position, folded: Position | undefined): boolean {
  return (
    folded !== undefined &&
    position.shard === folded.shard &&
    position.arrived <= folded.arrived &&
    compareSequence(position.sequence, folded.sequence) <= 0
  );
}

/** Sequence numbers are decimal numbers of up to 56 digits, without leading zeros. */
function compareSequence(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a === b ? 0 : 1;
}

function positionOf({ eventID, kinesis }: KinesisStreamRecord): Position {
  const arrived = kinesis.approximateArrivalTimestamp;
  // An event id is `shardId-000000000006:` and the sequence number.
  return { shard: eventID.split(':', 1)[0] ?? '', sequence: kinesis.sequenceNumber, arrived };
}
