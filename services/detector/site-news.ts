/** What a batch says about its site: how far it has come, who is there, who is missed; and what of that is to be kept. */
import { parseDuration } from '../contract/duration.ts';
import { formatTimestamp, instantMs } from '../contract/time.ts';
import type { CompiledRule } from './compiled-rule.ts';
import type { SiteBatch } from './decode.ts';
import { FRONT_EVERY_MS, type Front, MAX_ROSTER_BYTES, type Presence, type Roster } from './presence.ts';
import { type SiteNews, SUSPECTED_AFTER } from './silence.ts';
import type { SiteMemory } from './site-memory.ts';
import type { StoredIncident } from './stored-incident.ts';

const MINUTE_MS = 60_000;

/** Rules about silent devices, and what they have in common. */
export interface Silences {
  rules: readonly CompiledRule[];
  /** By the name of the rule: longer silences are given up, ms. */
  forgetAfterMs: ReadonlyMap<string, number>;
  /** Shortest outage of a site that devices are not blamed for, ms. */
  gapMs: number;
  /** Shortest time after which a device is suspected, ms. */
  patienceMs: number;
}

export function silencesOf(rules: readonly CompiledRule[]): Silences {
  const ofDevices = rules.flatMap((compiled) => {
    const { rule } = compiled;
    return rule.kind === 'silent' && rule.of === 'device' ? [{ compiled, rule }] : [];
  });
  const shortest = Math.min(...ofDevices.map(({ compiled }) => compiled.forMs));
  return {
    rules: ofDevices.map(({ compiled }) => compiled),
    forgetAfterMs: new Map(ofDevices.map(({ rule }) => [rule.name, parseDuration(rule.forgetAfter)])),
    // The front is written now and then: what is not much longer than that is not an outage.
    gapMs: Math.max(shortest / 2 + MINUTE_MS, FRONT_EVERY_MS + MINUTE_MS / 2),
    patienceMs: SUSPECTED_AFTER * shortest,
  };
}

/** The items of a site's presence as they should be, where they are to be written. */
export interface NextPresence {
  front?: Front;
  roster?: Roster;
}

/** @param items every item of the site */
export function newsOf(
  site: SiteBatch,
  memory: SiteMemory,
  presence: Presence,
  items: readonly StoredIncident[],
  silences: Silences,
  arrived: number,
): { news: SiteNews; next: NextPresence } {
  const { front: stored, roster } = presence;
  memory.list(roster);
  const storedMs = stored ? Date.parse(stored.front) : Number.NEGATIVE_INFINITY;
  const frontMs = Math.max(storedMs, memory.frontMs);
  const gapEndMs =
    gapEnd(site, memory, storedMs, silences) ??
    (stored?.gapEnd ? Date.parse(stored.gapEnd) : Number.NEGATIVE_INFINITY);
  // Older readings than others have seen say nothing about who is there now.
  const missed = memory.frontMs >= storedMs ? memory.missed(silences.patienceMs) : [];
  const news: SiteNews = {
    siteId: site.siteId,
    ...{ frontMs, arrived, gapEndMs },
    listed: memory.listed,
    missed: new Map(missed.map((one) => [one.deviceId, one])),
  };
  return { news, next: nextPresence(news, memory, presence, givenUp(items, news, silences)) };
}

/** Where the last outage ended that these readings show, ms. */
function gapEnd({ readings }: SiteBatch, memory: SiteMemory, storedMs: number, { gapMs }: Silences) {
  const before = Math.max(storedMs, memory.beforeMs);
  if (before === Number.NEGATIVE_INFINITY || memory.frontMs - before <= gapMs) return undefined;
  let known = before;
  let end: number | undefined;
  const times = readings.map(({ timestamp }) => instantMs(timestamp)).filter((ms) => ms > before);
  for (const ms of times.toSorted((a, b) => a - b)) {
    if (ms - known > gapMs) end = ms;
    known = ms;
  }
  return end;
}

/** Devices that leave the roster: silent for too long. */
function givenUp(
  items: readonly StoredIncident[],
  { frontMs, listed }: SiteNews,
  { forgetAfterMs }: Silences,
): Set<string> {
  const isOver = ({ rule, deviceId, incident }: StoredIncident) => {
    const patience = forgetAfterMs.get(rule);
    if (patience === undefined || incident?.state !== 'firing' || !listed.has(deviceId)) return false;
    return frontMs - Date.parse(incident.startedAt) >= patience;
  };
  return new Set(items.filter(isOver).map(({ deviceId }) => deviceId));
}

function nextPresence(
  { siteId, frontMs, gapEndMs }: SiteNews,
  memory: SiteMemory,
  { front: stored, roster }: Presence,
  leaving: ReadonlySet<string>,
): NextPresence {
  const newcomers = memory.newcomers();
  const mayChange = newcomers.length > 0 || leaving.size > 0;
  const before = mayChange ? (roster?.devices ?? []) : [];
  const devices = withRoom([...before.filter((id) => !leaving.has(id)), ...newcomers]);
  // Where there is no room, nothing changes.
  const isChanged = mayChange && (devices.length !== before.length || leaving.size > 0);
  const gapEnd = gapEndMs === Number.NEGATIVE_INFINITY ? undefined : formatTimestamp(gapEndMs);
  const isDue =
    stored === undefined || frontMs - Date.parse(stored.front) >= FRONT_EVERY_MS || stored.gapEnd !== gapEnd;
  return {
    ...(isChanged && { roster: { siteId, version: roster?.version ?? 0, devices } }),
    ...((isDue || isChanged) && {
      front: {
        siteId,
        version: stored?.version ?? 0,
        front: formatTimestamp(frontMs),
        devices: isChanged ? devices.length : memory.listed.size,
        gapEnd,
      },
    }),
  };
}

/** As many as an item holds: the others are not watched. */
function withRoom(devices: readonly string[]): string[] {
  let bytes = 0;
  return devices.filter((id) => {
    bytes += id.length + 1;
    return bytes <= MAX_ROSTER_BYTES;
  });
}
