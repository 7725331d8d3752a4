// How numbers, sizes and times are written. Times are in UTC and say so, as in mails, tables and queries, with the
// viewer's own time in the tooltip.
import { all, el, setText } from './dom.js';

const NUMBER = new Intl.NumberFormat('en-US');
const ONE = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
/** Swedish is written as in ISO 8601. */
const LOCAL = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });
const { timeZone } = LOCAL.resolvedOptions();

/** @param {number} value */
export const count = (value) => NUMBER.format(value);
/** @param {number} value */
export const one = (value) => ONE.format(value);
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

/** `09:30:10`, for where the zone is named beside it. @param {number} ms since the epoch */
export const clock = (ms) => new Date(ms).toISOString().slice(11, 19);
/** @param {number} ms since the epoch */
const day = (ms) => new Date(ms).toISOString().slice(0, 10);

/** `09:30:10 UTC`, with the day unless it is today. @param {number} ms since the epoch */
export const moment = (ms) => `${day(ms) === day(serverNow()) ? '' : `${day(ms)} `}${clock(ms)} UTC`;

/** Labels of an axis, of which the first names the zone. @param {number[]} seconds since the epoch */
export function axisTimes(seconds) {
  const isToday = seconds.every((second) => day(second * 1000) === day(serverNow()));
  return seconds.map((second, i) => {
    const text = isToday ? clock(second * 1000) : `${day(second * 1000).slice(5)} ${clock(second * 1000)}`;
    return i === 0 ? `${text} UTC` : text;
  });
}

/** The tooltip of a time: the viewer's own time, and UTC as the lake has it. @param {number} ms since the epoch */
function exactly(ms) {
  const utc = `${new Date(ms).toISOString().replace('T', ' ').slice(0, 23)} UTC`;
  return timeZone === 'UTC' ? utc : `${LOCAL.format(ms)} ${timeZone}, ${utc}`;
}

/** A `<time>` in UTC, with the viewer's own time in the tooltip. @param {string} iso */
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

export function tickTimes() {
  for (const node of all('[data-ago]')) setText(node, agoText(Number(node.dataset.ago)));
}
