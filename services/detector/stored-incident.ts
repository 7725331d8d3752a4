/** A state item: the incident, its outbox, and how far the stream has been folded into it. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Alert } from '../contract/alert.ts';
import { SEVERITIES } from '../contract/rule.ts';
import type { Incident } from './incident.ts';

type Attributes = Record<string, AttributeValue>;

const STATES = ['normal', 'pending', 'firing', 'recovering'] as const satisfies Incident['state'][];

/** Where in the stream a record stands. A consumer's retry repeats it exactly; a producer's does not. */
export interface Position {
  shard: string;
  sequence: string;
  /** Arrival in the stream, seconds since the epoch. */
  arrived: number;
}

export interface StoredIncident {
  siteId: string;
  deviceId: string;
  rule: string;
  /** 0 as long as there is no item. */
  version: number;
  incident: Incident | undefined;
  /** Alerts that are decided and not known to be published. */
  outbox: readonly Alert[];
  /** The latest record that this item has seen. */
  folded: Position | undefined;
}

export const deviceRule = (deviceId: string, rule: string): string => `${deviceId}#${rule}`;

/** `expiresAt` in seconds since the epoch, where the item may go. */
export function toItem(stored: StoredIncident, expiresAt: number | undefined): Attributes {
  const { incident, folded, outbox } = stored;
  if (incident === undefined) throw new RangeError('Expected an incident to store, got none');
  const item: Attributes = {
    site_id: { S: stored.siteId },
    device_rule: { S: deviceRule(stored.deviceId, stored.rule) },
    version: { N: String(stored.version) },
    state: { S: incident.state },
    high_water_mark: { S: incident.highWater },
  };
  if (folded) {
    item.folded_shard = { S: folded.shard };
    item.folded_sequence = { S: folded.sequence };
    item.folded_arrival = { N: String(folded.arrived) };
  }
  if (outbox.length > 0) item.outbox = { S: JSON.stringify(outbox) };
  if (expiresAt !== undefined) item.expires_at = { N: String(expiresAt) };
  if (incident.state === 'normal') return item;
  if (incident.state === 'pending') {
    item.window = {
      L: incident.window.map(({ at, value }) => ({ M: { at: { S: at }, value: { N: String(value) } } })),
    };
    if (incident.held) item.held_since = { S: incident.held.since };
  } else item.incident_id = { S: incident.incidentId };
  const known = incident.state === 'pending' ? incident.held : incident;
  if (known) {
    item.severity = { S: known.severity };
    item.started_at = { S: known.startedAt };
    item.peak = { N: String(known.peak) };
  }
  if (incident.state === 'recovering') {
    item.well_since = { S: incident.wellSince };
    item.well_count = { N: String(incident.wellCount) };
  }
  return item;
}

/** @throws Error naming the item, when somebody else wrote it */
export function fromItem(attributes: Attributes): StoredIncident {
  const { S: siteId } = attributes.site_id ?? {};
  const { S: key } = attributes.device_rule ?? {};
  const item = reader(attributes, `State item ${siteId} ${key}`);
  const [deviceId = '', rule = ''] = item.text('device_rule').split('#');
  const outbox = item.has('outbox') ? (JSON.parse(item.text('outbox')) as Alert[]) : [];
  const folded = item.has('folded_shard')
    ? {
        shard: item.text('folded_shard'),
        sequence: item.text('folded_sequence'),
        arrived: item.number('folded_arrival'),
      }
    : undefined;
  const incident = incidentOf(item);
  return {
    siteId: item.text('site_id'),
    deviceId,
    rule,
    version: item.number('version'),
    incident,
    outbox,
    folded,
  };
}

function incidentOf(item: ItemReader): Incident {
  const highWater = item.text('high_water_mark');
  const state = item.oneOf('state', STATES);
  if (state === 'normal') return { state, highWater };
  if (state === 'pending') {
    const window = item
      .list('window')
      .map((sample) => ({ at: sample.text('at'), value: sample.number('value') }));
    if (!item.has('held_since')) return { state, highWater, window };
    return { state, highWater, window, held: { since: item.text('held_since'), ...course(item) } };
  }
  const open = { highWater, incidentId: item.text('incident_id'), ...course(item) };
  if (state === 'firing') return { state, ...open };
  return { state, ...open, wellSince: item.text('well_since'), wellCount: item.number('well_count') };
}

const course = (item: ItemReader) => ({
  startedAt: item.text('started_at'),
  peak: item.number('peak'),
  severity: item.oneOf('severity', SEVERITIES),
});

interface ItemReader {
  has(name: string): boolean;
  text(name: string): string;
  number(name: string): number;
  oneOf<T extends string>(name: string, values: readonly T[]): T;
  list(name: string): ItemReader[];
}

/** Attributes by type; every method throws an Error that names what it wanted. */
function reader(attributes: Attributes, what: string): ItemReader {
  const fail = (name: string, expected: string): never => {
    throw new Error(
      `${what}: expected ${name} to be ${expected}. Delete the item, and its rule starts afresh.`,
    );
  };
  const text = (name: string) => attributes[name]?.S ?? fail(name, 'a string');
  return {
    has: (name) => attributes[name] !== undefined,
    text,
    number: (name) => Number(attributes[name]?.N ?? fail(name, 'a number')),
    oneOf: (name, values) =>
      values.find((value) => value === text(name)) ?? fail(name, `one of ${values.join(', ')}`),
    list: (name) =>
      (attributes[name]?.L ?? fail(name, 'a list')).map((entry) => reader(entry.M ?? {}, `${what} ${name}`)),
  };
}
