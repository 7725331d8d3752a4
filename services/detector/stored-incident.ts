/** A state item: the incident, its outbox, and how far the stream has been folded into it. */
import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Alert } from '../contract/alert.ts';
import { BY_HAND, type ByHand, byHandAttribute } from '../contract/by-hand.ts';
import { SITES_PARTITION } from '../contract/presence.ts';
import { SEVERITIES } from '../contract/threshold.ts';
import { sentHourOf } from '../contract/time.ts';
import { WHOLE_SITE } from '../contract/whole-site.ts';
import { textOf } from './alert-text.ts';
import type { Basis, Incident } from './incident.ts';
import { type Attributes, type ItemReader, number, reader } from './item.ts';
import type { Sighting } from './mark.ts';
import { markAttribute, markOf, readSighting, sightingAttributes } from './mark-item.ts';
import { type Span, spanOf } from './span.ts';

/**
 * Alerts in one outbox: as many as surely fit into an item of 400 KB. An alert takes 2 KB at most, for the longest
 * names and a summary of nothing but characters that JSON escapes.
 */
export const MAX_OUTBOX = 100;

const STATES = ['normal', 'pending', 'firing', 'recovering'] as const satisfies Incident['state'][];

/** Where in the stream a reading stands. A consumer's retry repeats it exactly; a producer's does not. */
export interface Position {
  shard: string;
  sequence: string;
  /** Arrival in the stream, seconds since the epoch. */
  arrived: number;
  /** Among the valid readings of its site in the record, from 0. */
  line: number;
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
  /** The latest reading that this item has seen. */
  folded: Position | undefined;
  /** The late reading from which on there were only late ones: perhaps the device began again. */
  behind: Sighting | undefined;
  /** Who takes care of the incident. */
  acknowledged?: ByHand | undefined;
  /** Who wants it ended. */
  closeRequested?: ByHand | undefined;
  /** When somebody was last told that it is open, ms since the epoch: reminders count from then. */
  toldMs?: number | undefined;
  /** Until then only the watchdog tells what is in the outbox, ms since the epoch: it has put it there. */
  watchdogMs?: number | undefined;
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

export const deviceRule = (deviceId: string, rule: string): string => `${deviceId}#${rule}`;

/** Where the item is. What is about a whole site is not among the site's own: only the watchdog reads and writes it. */
export function keyOf({ siteId, deviceId, rule }: Pick<StoredIncident, 'siteId' | 'deviceId' | 'rule'>) {
  const [partition, owner] = deviceId === WHOLE_SITE ? [SITES_PARTITION, siteId] : [siteId, deviceId];
  return { site_id: { S: partition }, device_rule: { S: deviceRule(owner, rule) } };
}

/** Of an item, among all sites'. */
export const itemKey = ({ siteId, deviceId, rule }: StoredIncident): string =>
  `${siteId}/${deviceRule(deviceId, rule)}`;

/** The item with another state of its incident. What people wrote on it stays for as long as the same one is open. */
export function withIncident(stored: StoredIncident, incident: Incident | undefined): StoredIncident {
  const id = openId(incident);
  if (id !== undefined && id === openId(stored.incident)) return { ...stored, incident };
  const { siteId, deviceId, rule, version, outbox, folded, behind, watchdogMs } = stored;
  const next: StoredIncident = { siteId, deviceId, rule, version, incident, outbox, folded, behind };
  if (watchdogMs !== undefined) next.watchdogMs = watchdogMs;
  return next;
}

/** Undefined where no incident is open. */
const openId = (incident: Incident | undefined): string | undefined =>
  incident && 'incidentId' in incident ? incident.incidentId : undefined;

/** Is this what a write of `stored` leaves behind? */
export const isSuccessor = (read: StoredIncident, stored: StoredIncident): boolean =>
  read.version === stored.version + 1 &&
  isDeepStrictEqual(toItem(read, undefined), toItem({ ...stored, version: read.version }, undefined));

/** `expiresAt` in seconds since the epoch, where the item may go. */
export function toItem(stored: StoredIncident, expiresAt: number | undefined): Attributes {
  const { incident, folded, outbox, behind } = stored;
  if (incident === undefined) throw new RangeError('Expected an incident to store, got none');
  // Named one by one: what is spread into an object makes each attribute that follows slow to add.
  const { site_id, device_rule } = keyOf(stored);
  const item: Attributes = {
    site_id,
    device_rule,
    version: number(stored.version),
    state: { S: incident.state },
    high_water_mark: { S: incident.mark.at },
    high_water: markAttribute(incident.mark),
  };
  if (folded) {
    item.folded_shard = { S: folded.shard };
    item.folded_sequence = { S: folded.sequence };
    item.folded_arrival = number(folded.arrived);
    item.folded_line = number(folded.line);
  }
  if (behind) item.behind = { M: sightingAttributes(behind) };
  if (outbox.length > 0) {
    item.outbox = { S: `[${outbox.map(textOf).join(',')}]` };
    if (stored.watchdogMs !== undefined) item.watchdog = number(stored.watchdogMs);
  }
  if (expiresAt !== undefined) item.expires_at = number(expiresAt);
  if (incident.state === 'normal') return item;
  if (incident.basis) item.basis = { S: JSON.stringify(incident.basis) };
  if (incident.state === 'pending') {
    item.window = {
      L: incident.window.map(({ at, value, span }) => ({
        M: { at: { S: at }, value: number(value), span: spanAttribute(span) },
      })),
    };
    if (incident.held) item.held_since = { S: incident.held.since };
  } else {
    item.incident_id = { S: incident.incidentId };
    const { acknowledged, closeRequested } = stored;
    if (acknowledged) item[BY_HAND.acknowledged] = byHandAttribute(acknowledged);
    if (closeRequested) item[BY_HAND.closeRequested] = byHandAttribute(closeRequested);
    if (stored.toldMs !== undefined) item.told = number(stored.toldMs);
  }
  const known = incident.state === 'pending' ? incident.held : incident;
  if (known) {
    item.severity = { S: known.severity };
    item.started_at = { S: known.startedAt };
    item.peak = number(known.peak);
    item.span = spanAttribute(known.span);
  }
  if (incident.state === 'recovering') {
    item.well_since = { S: incident.wellSince };
    item.well_count = number(incident.wellCount);
  }
  return item;
}

const spanAttribute = ({ madeFrom, madeTo, sentFrom, sentTo }: Span): AttributeValue => ({
  M: {
    made_from: { S: madeFrom },
    made_to: { S: madeTo },
    sent_from: { S: sentFrom },
    sent_to: { S: sentTo },
  },
});

/** @throws UnreadableItem naming it */
export function fromItem(attributes: Attributes): StoredIncident {
  const { S: siteId } = attributes.site_id ?? {};
  const { S: key } = attributes.device_rule ?? {};
  const item = reader(attributes, `State item ${siteId} ${key}`);
  const [owner = '', rule = ''] = item.text('device_rule').split('#');
  const isWhole = item.text('site_id') === SITES_PARTITION;
  // Earlier versions knew one kind.
  const outbox = (item.has('outbox') ? item.array<Alert>('outbox') : []).map(
    (alert): Alert => ({ ...alert, kind: alert.kind ?? 'threshold' }),
  );
  const folded = item.has('folded_shard')
    ? {
        shard: item.text('folded_shard'),
        sequence: item.text('folded_sequence'),
        arrived: item.number('folded_arrival'),
        // Earlier versions folded whole records only.
        line: item.has('folded_line') ? item.number('folded_line') : Number.POSITIVE_INFINITY,
      }
    : undefined;
  const behind = item.has('behind') ? readSighting(item.map('behind')) : undefined;
  const incident = incidentOf(item);
  return {
    siteId: isWhole ? owner : item.text('site_id'),
    deviceId: isWhole ? WHOLE_SITE : owner,
    rule,
    version: item.number('version'),
    incident,
    outbox,
    folded,
    behind,
    ...byHandIn(item),
    ...(item.has('told') && { toldMs: item.number('told') }),
    ...(item.has('watchdog') && { watchdogMs: item.number('watchdog') }),
  };
}

/** Written by a command, not by the detector. */
const byHandIn = (item: ItemReader): Pick<StoredIncident, 'acknowledged' | 'closeRequested'> => ({
  ...(item.has(BY_HAND.acknowledged) && { acknowledged: byHand(item.map(BY_HAND.acknowledged)) }),
  ...(item.has(BY_HAND.closeRequested) && { closeRequested: byHand(item.map(BY_HAND.closeRequested)) }),
});

const byHand = (item: ItemReader): ByHand => ({
  by: item.text('by'),
  at: item.text('at'),
  ...(item.has('comment') && { comment: item.text('comment') }),
});

function incidentOf(item: ItemReader): Incident {
  const mark = markOf(item);
  const state = item.oneOf('state', STATES);
  if (state === 'normal') return { state, mark };
  if (state === 'pending') {
    const window = item.list('window').map((sample) => ({
      at: sample.text('at'),
      value: sample.number('value'),
      span: spanIn(sample, 'at'),
    }));
    const pending = { state, mark, window, ...basisOf(item) };
    if (!item.has('held_since')) return pending;
    return { ...pending, held: { since: item.text('held_since'), ...course(item) } };
  }
  const open = { mark, incidentId: item.text('incident_id'), ...course(item), ...basisOf(item) };
  if (state === 'firing') return { state, ...open };
  return { state, ...open, wellSince: item.text('well_since'), wellCount: item.number('well_count') };
}

const course = (item: ItemReader) => ({
  startedAt: item.text('started_at'),
  peak: item.number('peak'),
  severity: item.oneOf('severity', SEVERITIES),
  span: spanIn(item, 'started_at'),
});

const basisOf = (item: ItemReader) => (item.has('basis') ? { basis: item.object<Basis>('basis') } : {});

/** @param time attribute with the event time. In an item of an earlier version it has to do, as if sent at once */
function spanIn(item: ItemReader, time: string): Span {
  if (!item.has('span')) {
    const timestamp = item.text(time);
    return spanOf({ timestamp, timestamp_sent: sentHourOf(timestamp) });
  }
  const span = item.map('span');
  return {
    madeFrom: span.text('made_from'),
    madeTo: span.text('made_to'),
    sentFrom: span.text('sent_from'),
    sentTo: span.text('sent_to'),
  };
}
