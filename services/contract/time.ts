/** Times as they are written in readings and alerts. */
import { WANTED_TIME } from './reading-words.ts';

/** Our own form: UTC, exactly milliseconds. Texts in it compare like instants. */
export const TIMESTAMP_PATTERN =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
/**
 * What a device may write: any time of RFC 3339, with at most nine decimals. Offsets end at 14 hours, as zones do, and
 * as Athena reads them; so do seconds at 59.
 */
export const TIME_PATTERN =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))$/;
/** The hour (UTC) in which a reading was sent, `YYYY-MM-DD HH`: the partition of the lake. */
export const SENT_HOUR_PATTERN = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3])$/;

const ONE = '1'.charCodeAt(0);

/**
 * Does the calendar have the day with which this text begins? `2026-02-30` matches every pattern and is not a date.
 * By arithmetic, because a Date would cost more than parsing the whole reading.
 */
export function isCalendarDay(text: string): boolean {
  if (text.charCodeAt(8) <= ONE || text.startsWith(goodDay)) return true;
  if (!hasDay(text)) return false;
  goodDay = text.slice(0, 10);
  return true;
}

// Readings come in runs: the last day that was found good need not be looked at again.
let goodDay = '0000-01-01';

function hasDay(text: string): boolean {
  const day = Number(text.slice(8, 10));
  if (day <= 28) return true;
  const month = Number(text.slice(5, 7));
  if (month !== 2) return day <= 30 || (month <= 7 ? month % 2 === 1 : month % 2 === 0);
  const year = Number(text.slice(0, 4));
  return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Ms since the epoch of the instants that four digits of a year can write in UTC. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** The nearest of them. */
export const writable = (epochMs: number): number => Math.min(LAST_MS, Math.max(FIRST_MS, epochMs));

// Times come in runs: the day of the last one is nearly always that of the next. As a number, such as 20260131.
let knownDay = Number.NaN;
let knownDayMs = Number.NaN;

const ZERO = '0'.charCodeAt(0);
const twoDigits = (text: string, at: number) =>
  text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 11 * ZERO;

/**
 * Ms since the epoch of a text that matches {@link TIME_PATTERN}. Shorter than a millisecond is cut off. By arithmetic,
 * because the detector asks it of every reading, and Date.parse takes five times as long.
 */
export function instantMs(text: string): number {
  const day =
    (twoDigits(text, 0) * 100 + twoDigits(text, 2)) * 10_000 + twoDigits(text, 5) * 100 + twoDigits(text, 8);
  if (day !== knownDay) {
    knownDayMs = Date.parse(`${text.slice(0, 10)}T00:00:00.000Z`);
    knownDay = day;
  }
  const secondMs =
    knownDayMs + twoDigits(text, 11) * 3_600_000 + twoDigits(text, 14) * 60_000 + twoDigits(text, 17) * 1000;
  if (isOwnForm(text)) return secondMs + (text.charCodeAt(20) - ZERO) * 100 + twoDigits(text, 21);
  const isUtc = text.length < 25 || /[Zz]$/.test(text);
  const decimals = text[19] === '.' ? text.slice(20, Math.min(23, text.length - (isUtc ? 1 : 6))) : '';
  const fractionMs = Number(decimals) * 10 ** (3 - decimals.length);
  return secondMs + fractionMs - (isUtc ? 0 : offsetMs(text));
}

/** Of a text that ends in an offset such as `+01:00`. */
function offsetMs(text: string): number {
  const minutes = Number(text.slice(-5, -3)) * 60 + Number(text.slice(-2));
  return (text.at(-6) === '-' ? -minutes : minutes) * 60_000;
}

/** Is a text that matches {@link TIME_PATTERN} in our own form? No other form of this length ends so. */
export const isOwnForm = (text: string): boolean =>
  text.length === 24 && text[10] === 'T' && text[23] === 'Z';

/** The instant of a text that matches {@link TIME_PATTERN}, in our own form: it compares with others like a time. */
export const instantOf = (text: string): string =>
  isOwnForm(text) ? text : formatTimestamp(instantMs(text));

/** `timestamp` of a moment given in ms since the epoch. */
export const formatTimestamp = (epochMs: number): string => new Date(epochMs).toISOString();

/** `timestamp_sent` of a moment given in ms since the epoch. */
export function formatSentHour(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 13)}`;
}

/** Is a text a time that a device may write? Our own form first: it is the most frequent, and the cheapest to check. */
export const isTime = (text: string): boolean =>
  TIMESTAMP_PATTERN.test(text) ? isCalendarDay(text) : isForeignTime(text);

const isForeignTime = (text: string) => TIME_PATTERN.test(text) && isCalendarDay(text) && isWritable(text);

/** Has its year four digits in UTC, too? Only at both ends may an offset lead out of them. */
const isWritable = (text: string) =>
  !(text.startsWith('0000') || text.startsWith('9999')) || instantMs(text) === writable(instantMs(text));

/** What is wrong with a text that is no such time, as far as its form tells, without its content. */
export function explainTime(text: string): string {
  if (TIME_PATTERN.test(text)) {
    return isCalendarDay(text)
      ? 'Expected a year of four digits, also in UTC'
      : 'Expected a day that the calendar has';
  }
  const [, likely] = MISTAKES.find(([pattern]) => pattern.test(text)) ?? [];
  return likely === undefined ? WANTED_TIME : `${WANTED_TIME}, got ${likely}`;
}

/** The usual ones. */
const MISTAKES: [RegExp, string][] = [
  [/^$/, 'an empty text'],
  [/^\d+(?:\.\d+)?$/, 'a text of digits: is it seconds or ms since the epoch?'],
  [/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?$/, 'one without a zone: add Z if it is UTC'],
  [/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)? ?(?:UTC|GMT)$/i, 'a zone by name: write Z'],
  [/^\d{4}-\d\d-\d\d[Tt ].*[+-]\d\d(?:\d\d)?$/, 'an offset without colon and minutes: write +01:00'],
  [/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?:[Zz]|[+-]\d\d:\d\d)?$/, 'one without seconds'],
  [/^\d{4}-\d\d-\d\d$/, 'a day without a time'],
  [/^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b/, 'a day that is not written year first: 2026-01-31'],
  [/,\d+(?:[Zz]|[+-]\d\d:\d\d)$/, 'a decimal comma: write a point'],
  [/\.\d{10,}/, 'more than nine decimals'],
  [/:60(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/, 'a leap second: Athena reads seconds up to 59'],
];
