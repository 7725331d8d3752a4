// How numbers, sizes and times are written. Times are in the reader's zone, which is named, or in UTC where the reader
// wants them as mails, tables and queries have them; both are in the tooltip.
import { all, el, setText } from './dom.js';

const NUMBER = new Intl.NumberFormat('en-US');
const ONE = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
/** Swedish is written as in ISO 8601. */
const LOCAL = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });
const { timeZone } = LOCAL.resolvedOptions();
const ZONE = 'streamwatch-zone';
/** Tests have none. */
const kept = typeof localStorage === 'undefined' ? null : localStorage.getItem(ZONE);
const isUtc = kept === 'UTC' || timeZone === 'UTC';
const OWN = new Intl.DateTimeFormat('sv-SE', {
  ...{ dateStyle: 'short', timeStyle: 'medium' },
  timeZone: isUtc ? 'UTC' : timeZone,
});
const OWN_NAME = new Intl.DateTimeFormat('en-US', {
  ...{ timeZone: isUtc ? 'UTC' : timeZone, timeZoneName: 'short' },
});

/** The zone of all times, and the one that can be had instead; undefined where that is the same. */
export const zones = {
  own: isUtc ? 'UTC' : timeZone,
  other: timeZone === 'UTC' ? undefined : isUtc ? timeZone : 'UTC',
};

/** Shows all times in the other zone, from now on. */
export function changeZone() {
  localStorage.setItem(ZONE, isUtc ? 'own' : 'UTC');
  location.reload();
}

/** Such as `CET` or `GMT+9`: it depends on the time of the year. @param {number} ms */
const zoneName = (ms) =>
  OWN_NAME.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? zones.own;

/** How far the zone is from UTC: found more quickly than its name. @param {number} second since the epoch */
const aheadOf = (second) => (isUtc ? 0 : new Date(second * 1000).getTimezoneOffset());

/** For an input of date and time. @param {number} ms */
export const forInput = (ms) => OWN.format(ms).replace(' ', 'T').slice(0, 16);
/** ms since the epoch, of what such an input says. @param {string} text */
export const fromInput = (text) => Date.parse(isUtc ? `${text}Z` : text);

/** @param {number} value */
export const count = (value) => NUMBER.format(value);
/** @param {number} value */
export const one = (value) => ONE.format(value);
/** One decimal would make 0 of it, or -0. @param {number} value */
const isSmall = (value) => value !== 0 && Math.abs(value) < 0.1;
/** @param {number} value */
const threeDigits = (value) => String(Number(value.toPrecision(3)));
/** What was measured: one decimal, or three digits of what is smaller than a tenth. @param {number} value */
export const measured = (value) => (isSmall(value) ? threeDigits(value) : value.toFixed(1));
/** A label of an axis of values. @param {number} value */
export const axisValue = (value) => (isSmall(value) ? threeDigits(value) : count(value + 0));
/** @type {(value: number, word: string) => string} */
export const plural = (value, word) => `${count(value)} ${word}${value === 1 ? '' : 's'}`;
/** @param {number} value */
export const rate = (value) => (value >= 10 ? count(Math.round(value)) : one(value));

/** `1.4 MB` @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${one(value)} ${units[unit]}`;
}

/** `350 ms`, `1.2 s`, `4 min` @param {number} ms */
export function span(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${one(seconds)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `5 s`, `2 min`, `3 h`, of a round length. @param {number} seconds */
export function period(seconds) {
  if (seconds % 3600 === 0) return `${count(seconds / 3600)} h`;
  return seconds % 60 === 0 ? `${count(seconds / 60)} min` : `${count(seconds)} s`;
}

/** `09:30:10`, for where the zone is named beside it. @param {number} ms since the epoch */
export const clock = (ms) => OWN.format(ms).slice(11, 19);
/** @param {number} ms since the epoch */
const day = (ms) => OWN.format(ms).slice(0, 10);

/** `09:30:10 CET`, with the day unless it is today. @param {number} ms since the epoch */
export const moment = (ms) =>
  `${day(ms) === day(serverNow()) ? '' : `${day(ms)} `}${clock(ms)} ${zoneName(ms)}`;

/** Labels of an axis: below the first one, and where the clocks change, is the zone. @param {number[]} seconds since the epoch */
export function axisTimes(seconds) {
  const isToday = seconds.every((second) => day(second * 1000) === day(serverNow()));
  const isWholeMinute = seconds.every((second) => second % 60 === 0);
  return seconds.map((second, i) => {
    const time = isWholeMinute ? clock(second * 1000).slice(0, 5) : clock(second * 1000);
    const text = isToday ? time : `${day(second * 1000).slice(5)} ${time}`;
    const isOther = i === 0 || aheadOf(second) !== aheadOf(seconds[i - 1] ?? 0);
    return isOther ? `${text}\n${zoneName(second * 1000)}` : text;
  });
}

/** The tooltip of a time: the viewer's own time, and UTC as the lake has it. @param {number} ms since the epoch */
function exactly(ms) {
  const utc = `${new Date(ms).toISOString().replace('T', ' ').slice(0, 23)} UTC`;
  return timeZone === 'UTC' ? utc : `${LOCAL.format(ms)} ${timeZone}, ${utc}`;
}

/** A `<time>`, with the reader's own time and UTC in the tooltip. @param {string} iso */
export function when(iso) {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return el('span', iso);
  return el('time', { datetime: iso, title: exactly(ms) }, moment(ms));
}

/** A `<time>` that says how long ago, kept up to date by {@link tickTimes}. @param {string} iso */
export function ago(iso) {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return el('span', iso);
  return el('time', { datetime: iso, title: exactly(ms), 'data-ago': ms }, agoText(ms));
}

let offset = 0;
/** Notes how far ahead the server's clock is: it may be another machine behind a tunnel. @param {number} nowMs */
export function setServerClock(nowMs) {
  const found = nowMs - Date.now();
  if (Math.abs(found - offset) > 1500) offset = found;
}
export const serverNow = () => Date.now() + offset;

/** @param {number} ms since the epoch */
function agoText(ms) {
  const age = Math.max(0, serverNow() - ms);
  return age < 1000 ? 'now' : `${age < 90_000 ? `${Math.round(age / 1000)} s` : span(age)} ago`;
}

/** `4 min so far`, kept up to date likewise. @param {string} iso */
export function soFar(iso) {
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? el('span', iso) : el('span', { 'data-started': ms }, soFarText(ms));
}

/** @param {number} ms since the epoch */
const soFarText = (ms) => `${span(Math.max(0, serverNow() - ms))} so far`;

export function tickTimes() {
  for (const node of all('[data-ago]')) setText(node, agoText(Number(node.dataset.ago)));
  for (const node of all('[data-started]')) setText(node, soFarText(Number(node.dataset.started)));
}
