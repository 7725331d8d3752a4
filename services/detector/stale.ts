/**
 * Alerts that are old when they are decided: a backlog must not wake anybody for what is over. Those of a site wait in
 * one item of its partition (sort key `#stale`) until the site has caught up, and are then told in one digest. Pure.
 */
import type { Alert } from '../contract/alert.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { groupBy } from './group.ts';
import { type Attributes, number, reader } from './item.ts';

/** Its sort key. No device can be called so: ids have no `#`. */
export const STALE = '#stale';

export interface StaleAlerts {
  siteId: string;
  /** 0 as long as there is no item. */
  version: number;
  /** Wall clock at which the first of them came, ms since the epoch. */
  sinceMs: number;
  /** The site's newest event time then, ms since the epoch; undefined where nothing came. */
  frontMs?: number | undefined;
  /** Each once, in the order in which they were decided. */
  alerts: readonly Alert[];
}

/** Of a rule that has been removed: the default of `notifyWithin`, ms. */
const DEFAULT_WITHIN_MS = 6 * 3_600_000;
/** Nobody's backlog is older: a clock is wrong, and what it says is news. */
const MAX_BACKLOG_MS = 30 * 24 * 3_600_000;
/** After this long, ms, it is seen whether a site catches up: then its time runs at least so many times as fast. */
const JUDGED_AFTER_MS = 120_000;
const CATCHING_UP = 2;
/** Nothing waits for longer, ms. */
const TOLD_AFTER_MS = 3_600_000;
/** More than this does not wait: an item holds 400 KB, a message 256 KB. */
const MAX_WAITING_BYTES = 100 * 1024;

type Rules = ReadonlyMap<string, CompiledRule>;

const withinMs = ({ rule }: Alert, rules: Rules) => rules.get(rule)?.notifyWithinMs ?? DEFAULT_WITHIN_MS;

export const noStaleAlerts = (siteId: string): StaleAlerts => ({
  siteId,
  version: 0,
  sinceMs: 0,
  alerts: [],
});

/**
 * The alerts that must not be told one by one: old ones, and what follows them in the same incident. By site.
 * @param waiting what waits already, by site
 */
export function staleOf(
  alerts: readonly Alert[],
  rules: Rules,
  waiting: ReadonlyMap<string, StaleAlerts>,
  nowMs: number,
): Map<string, Alert[]> {
  const stale = [...waiting.values()].flatMap((item) => item.alerts);
  const incidents = new Set(stale.map(({ incident_id }) => incident_id));
  const found = alerts.filter((alert) => {
    const ageMs = nowMs - Date.parse(alert.at);
    const isOld = ageMs > withinMs(alert, rules) && ageMs < MAX_BACKLOG_MS;
    const isStale = isOld || incidents.has(alert.incident_id);
    if (isStale) incidents.add(alert.incident_id);
    return isStale;
  });
  return new Map(groupBy(found, ({ site_id }) => site_id));
}

/**
 * @param more repeats of what waits are left out
 * @param frontMs the site's newest event time, ms since the epoch
 */
export function withMore(
  item: StaleAlerts,
  more: readonly Alert[],
  nowMs: number,
  frontMs: number | undefined,
): StaleAlerts {
  const known = new Set(item.alerts.map(({ notification_id }) => notification_id));
  const fresh = more.filter(({ notification_id }) => !known.has(notification_id));
  const started = item.alerts.length === 0 ? { sinceMs: nowMs, frontMs } : {};
  return { ...item, ...started, alerts: [...item.alerts, ...fresh] };
}

/** @param newestMs event time of the site's newest reading, ms since the epoch; undefined where nothing came */
export function isDue(
  { alerts, sinceMs, frontMs }: StaleAlerts,
  rules: Rules,
  newestMs: number | undefined,
  nowMs: number,
): boolean {
  if (alerts.length === 0) return false;
  const hasCaughtUp =
    newestMs !== undefined && alerts.every((alert) => nowMs - newestMs <= withinMs(alert, rules));
  const waitedMs = nowMs - sinceMs;
  // A lag that stays the same is a clock that is behind, or the wrong time zone, and ends by itself never.
  const isOnlyBehind =
    newestMs !== undefined &&
    frontMs !== undefined &&
    waitedMs >= JUDGED_AFTER_MS &&
    newestMs - frontMs < CATCHING_UP * waitedMs;
  return hasCaughtUp || isOnlyBehind || waitedMs >= TOLD_AFTER_MS || bytesOf(alerts) > MAX_WAITING_BYTES;
}

const bytesOf = (alerts: readonly Alert[]) => Buffer.byteLength(JSON.stringify(alerts));

/** @param expiresAt seconds since the epoch, where the item may go */
export const toStaleItem = (
  { siteId, version, sinceMs, frontMs, alerts }: StaleAlerts,
  expiresAt: number | undefined,
): Attributes => ({
  site_id: { S: siteId },
  device_rule: { S: STALE },
  version: number(version),
  since: number(sinceMs),
  ...(frontMs !== undefined && { front: number(frontMs) }),
  alerts: { S: JSON.stringify(alerts) },
  ...(expiresAt !== undefined && { expires_at: number(expiresAt) }),
});

/** @throws UnreadableItem naming it */
export function fromStaleItem(attributes: Attributes): StaleAlerts {
  const item = reader(attributes, `Stale alerts of site ${attributes.site_id?.S}`);
  return {
    siteId: item.text('site_id'),
    version: item.number('version'),
    sinceMs: item.number('since'),
    frontMs: item.has('front') ? item.number('front') : undefined,
    alerts: item.array<Alert>('alerts'),
  };
}
