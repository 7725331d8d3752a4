/**
 * The presence of a site: how far it has come, and which devices it has. Two items in the site's partition of the state
 * table, so that the Query that a batch makes anyway returns them. Pure.
 *
 * | sort key | attributes | written |
 * |---|---|---|
 * | `#front` | `front`, `devices`, `gap_end`, `presence` | every two minutes of event time, at most |
 * | `#roster` | `ids` | when a device is new, or given up |
 *
 * No device can be called so: ids have no `#`. `presence` is in the front only: it puts it into the sparse index
 * (PRESENCE_INDEX) by which a watchdog lists all sites.
 */
import { PRESENCE_INDEX } from '../contract/presence.ts';
import { type Attributes, number, reader } from './item.ts';

/** Its sort key. */
export const FRONT = '#front';
export const ROSTER = '#roster';

/** From one write of a site's front to the next, in event time, ms. */
export const FRONT_EVERY_MS = 120_000;

/** How far a site has come. */
export interface Front {
  siteId: string;
  /** 0 as long as there is no item. */
  version: number;
  /** The newest event time of its readings, in our own form. */
  front: string;
  /** Number of devices in its roster. */
  devices: number;
  /** Event time at which its last outage ended: no silence is counted from before it. */
  gapEnd?: string | undefined;
}

/** Which devices a site has. */
export interface Roster {
  siteId: string;
  /** 0 as long as there is no item. */
  version: number;
  devices: readonly string[];
}

export interface Presence {
  front?: Front | undefined;
  roster?: Roster | undefined;
}

/** What an environment remembers of a site of which nothing else is stored, see at-rest.ts. */
export interface AtRest {
  presence: Presence;
  /** How far the site had come when it was read, event time in ms. */
  readMs: number;
}

/** The value of the index's partition key, in every front. */
export const IN_INDEX = 'front';

/** Longest roster, in bytes: an item holds 400 KB. */
export const MAX_ROSTER_BYTES = 350 * 1024;

export function toFrontItem({ siteId, version, front, devices, gapEnd }: Front): Attributes {
  return {
    site_id: { S: siteId },
    device_rule: { S: FRONT },
    version: number(version),
    [PRESENCE_INDEX.partitionKey]: { S: IN_INDEX },
    front: { S: front },
    devices: number(devices),
    ...(gapEnd !== undefined && { gap_end: { S: gapEnd } }),
  };
}

/** Ids have no spaces. */
export const toRosterItem = ({ siteId, version, devices }: Roster): Attributes => ({
  site_id: { S: siteId },
  device_rule: { S: ROSTER },
  version: number(version),
  ids: { S: devices.join(' ') },
});

/** @throws UnreadableItem naming it */
export function fromFrontItem(attributes: Attributes): Front {
  const item = reader(attributes, `Presence of site ${attributes.site_id?.S}`);
  return {
    siteId: item.text('site_id'),
    version: item.number('version'),
    front: item.text('front'),
    devices: item.number('devices'),
    gapEnd: item.has('gap_end') ? item.text('gap_end') : undefined,
  };
}

/** @throws UnreadableItem naming it */
export function fromRosterItem(attributes: Attributes): Roster {
  const item = reader(attributes, `Roster of site ${attributes.site_id?.S}`);
  const ids = item.text('ids');
  let devices: readonly string[] | undefined;
  return {
    siteId: item.text('site_id'),
    version: item.number('version'),
    // Nearly every batch knows this version already.
    get devices() {
      devices ??= ids.split(' ').filter((id) => id !== '');
      return devices;
    },
  };
}

/** A row of the index: what a watchdog sees of a site. */
export interface SiteFront {
  siteId: string;
  front: string;
  devices: number;
}

/** @throws UnreadableItem naming it */
export function fromIndexRow(attributes: Attributes): SiteFront {
  const item = reader(attributes, `Presence of site ${attributes.site_id?.S}`);
  return { siteId: item.text('site_id'), front: item.text('front'), devices: item.number('devices') };
}
