/**
 * The Athena query that an e-mail offers: the readings that caused an alert and those around them, from as few
 * partitions as possible. Partitions are hours of sending, which event times say nothing about: a reading may be sent
 * days after it was made, and a clock may be years off.
 */
import type { Alert } from '../contract/alert.ts';
import { instant } from '../contract/lake-sql.ts';
import { formatSentHour, formatTimestamp, METRICS } from '../contract/reading.ts';
import { instantMs, isOwnForm, writable } from '../contract/time.ts';
import { WHOLE_SITE } from '../contract/whole-site.ts';
import { groupBy } from './group.ts';

export interface Lake {
  database: string;
  readingsTable: string;
}

/** Of an alert, what its readings are found by. */
export type Noticed = Pick<
  Alert,
  | 'site_id'
  | 'device_id'
  | 'metric'
  | 'started_at'
  | 'at'
  | 'made_from'
  | 'made_to'
  | 'sent_from'
  | 'sent_to'
  | 'timestamp_sent'
>;

/** Event time before and after the readings. */
const AROUND_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
/** Of readings that were sent further apart, only the first and the last hours are looked at. */
const MAX_SENT_MS = 7 * 24 * HOUR_MS;

/** Readings of these alerts' devices (at most a handful; the caller chooses) from before the first to after the last. */
export function historyQuery(alerts: readonly Noticed[], { database, readingsTable }: Lake): string {
  const made = alerts.map(({ made_from, made_to, started_at, at }) => ({
    from: instantMs(made_from ?? started_at),
    to: instantMs(made_to ?? at),
    plain: isOwnForm(made_from ?? started_at) && isOwnForm(made_to ?? at),
  }));
  const from = writable(Math.min(...made.map((one) => one.from)) - AROUND_MS);
  const to = writable(Math.max(...made.map((one) => one.to)) + AROUND_MS);
  const between = madeBetween(
    formatTimestamp(from),
    formatTimestamp(to),
    made.every(({ plain }) => plain),
  );
  const metrics = [...new Set(alerts.flatMap((alert) => alert.metric ?? METRICS))];
  const sites = groupBy(alerts, ({ site_id }) => site_id).map(devicesOf);
  const device = sites.length === 1 ? 'device_id' : 'site_id, device_id';
  // No quoting needed: ids have no quotes, and metrics and times are ours.
  return [
    `SELECT ${device}, "timestamp", ${metrics.join(', ')}`,
    `FROM "${database}"."${readingsTable}"`,
    `WHERE ${anyOf(merge(alerts.flatMap(hoursOf)).map(partitions))}`,
    `  AND ${anyOf(sites)}`,
    `  AND ${between}`,
    `ORDER BY ${device}, "timestamp"`,
  ].join('\n');
}

/** Texts in our own form compare like times; a device that writes another one needs the longer words. */
const madeBetween = (from: string, to: string, isPlain: boolean) =>
  isPlain
    ? `"timestamp" BETWEEN '${from}' AND '${to}'`
    : `${instant('"timestamp"')}\n      BETWEEN from_iso8601_timestamp('${from}') AND from_iso8601_timestamp('${to}')`;

/** Names of devices are their site's own. */
const devicesOf = ([site, alerts]: [string, Noticed[]]) => {
  const devices = alerts.map(({ device_id }) => device_id);
  const whole = `site_id = '${site}'`;
  return devices.includes(WHOLE_SITE) ? whole : `${whole}\n  AND device_id ${among(devices)}`;
};

/** Hours of sending, ms since the epoch; both ends belong to it. */
interface Hours {
  from: number;
  to: number;
}

/** When its readings were sent; their neighbours an hour before or after. */
function hoursOf({ sent_from, sent_to, started_at, timestamp_sent }: Noticed): Hours[] {
  const from = hourMs(sent_from ?? started_at);
  const to = Math.max(from, hourMs(sent_to ?? timestamp_sent));
  const first = startOf(from, Date.parse(started_at) - AROUND_MS);
  const last = writable(to + HOUR_MS);
  if (to - from <= MAX_SENT_MS) return [{ from: first, to: last }];
  return [
    { from: first, to: from + HOUR_MS },
    { from: to - HOUR_MS, to: last },
  ];
}

/** The hour before the first sending, where readings of this event time may have been sent then. */
const startOf = (sentMs: number, madeMs: number) => (madeMs < sentMs ? writable(sentMs - HOUR_MS) : sentMs);

/** Ms since the epoch of an hour of sending, or of an event time's hour. */
const hourMs = (text: string) => Date.parse(`${text.slice(0, 10)}T${text.slice(11, 13)}:00:00.000Z`);

/** In order, with those joined that touch. */
function merge(hours: readonly Hours[]): Hours[] {
  const merged: Hours[] = [];
  for (const { from, to } of hours.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && from <= last.to + HOUR_MS) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** `dt` and `hour` as comparisons that partition projection can prune by. */
function partitions({ from, to }: Hours): string {
  const [first, last] = [formatSentHour(from), formatSentHour(to)];
  const [firstDay, lastDay] = [first.slice(0, 10), last.slice(0, 10)];
  if (firstDay === lastDay)
    return `dt = '${firstDay}' AND hour BETWEEN '${first.slice(11)}' AND '${last.slice(11)}'`;
  return `dt BETWEEN '${firstDay}' AND '${lastDay}' AND dt || ' ' || hour BETWEEN '${first}' AND '${last}'`;
}

function anyOf(conditions: readonly string[]): string {
  if (conditions.length === 1) return conditions.join();
  const lines = conditions.map((condition) => `(${condition.replaceAll(/\s+/g, ' ')})`);
  return `(${lines.join('\n    OR ')})`;
}

function among(values: readonly string[]): string {
  const [first, ...others] = [...new Set(values)].map((value) => `'${value}'`);
  return others.length === 0 ? `= ${first}` : `IN (${[first, ...others].join(', ')})`;
}
