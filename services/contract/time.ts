/** Times as they are written in readings and alerts. */

export const WANTED_TIME =
  'Expected an RFC 3339 time such as 2026-01-31T09:30:00Z or 2026-01-31T10:30:00.123+01:00';

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

/** The first day that the lake's tables know. */
export const LAKE_FIRST_DAY = '2024-01-01';
/** The last one lies so many days ahead, UTC: for clocks that run fast. Queries see nothing of later ones until then. */
export const LAKE_DAYS_AHEAD = 1;

/** The last hour of sending that the lake's tables know at this moment. */
export const lastLakeHour = (epochMs: number): string =>
  `${formatTimestamp(epochMs + LAKE_DAYS_AHEAD * 86_400_000).slice(0, 10)} 23`;

/**
 * Hours that the lake takes. A clock that was never set says 1970 or 2000: such a line would end up in a folder that no
 * query reads.
 */
export const LAKE_HOUR_PATTERN = new RegExp(
  SENT_HOUR_PATTERN.source.replace('\\d{4}', '(?:202[4-9]|20[3-9]\\d|2[1-9]\\d\\d)'),
);

const ZERO = '0'.charCodeAt(0);
const [COLON, POINT, T, Z] = [...':.TZ'].map((mark) => mark.charCodeAt(0));

/** The number that two digits write; NaN where one of them is another character. */
function pair(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

// Times come in runs: the day of the last one is nearly always that of the next. As a number, such as 20260131.
let knownDay = Number.NaN;
let knownDayMs = Number.NaN;

/**
 * Does the calendar have the day with which this text begins? `2026-02-30` matches every pattern and is not a date.
 * Then its beginning is {@link knownDayMs}.
 */
export function isCalendarDay(text: string): boolean {
  const dayOfMonth = pair(text, 8);
  const day = (pair(text, 0) * 100 + pair(text, 2)) * 10_000 + pair(text, 5) * 100 + dayOfMonth;
  if (day === knownDay) return true;
  // A day too many is taken for one of the next month.
  const ms = Date.parse(`${text.slice(0, 10)}T00:00:00.000Z`);
  if (new Date(ms).getUTCDate() !== dayOfMonth) return false;
  knownDay = day;
  knownDayMs = ms;
  return true;
}

/** Ms since the epoch of the instants that four digits of a year can write in UTC. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** The nearest of them. */
export const writable = (epochMs: number): number => Math.min(LAST_MS, Math.max(FIRST_MS, epochMs));

const HOUR_MS = 3_600_000;
// The hour of the last time in our own form is nearly always that of the next. Such texts compare like instants, and
// whatever is between these two begins as they do.
let hourMs = Number.NaN;
let firstOfHour = '';
let lastOfHour = '';

function isOfHour(text: string): boolean {
  if (text >= firstOfHour && text <= lastOfHour) return true;
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || formatTimestamp(ms) !== text) return false;
  hourMs = Math.floor(ms / HOUR_MS) * HOUR_MS;
  firstOfHour = formatTimestamp(hourMs);
  lastOfHour = formatTimestamp(hourMs + HOUR_MS - 1);
  return true;
}

// One text is asked for more than once: whether it is a time, and when.
let knownText = '';
let knownMs = Number.NaN;

/** Ms since the epoch of a time in our own form; NaN of any other text. The detector asks it of every reading. */
function ownFormMs(text: string): number {
  if (!isOwnForm(text) || !isOfHour(text)) return Number.NaN;
  const minute = pair(text, 14);
  const second = pair(text, 17);
  const ms = pair(text, 20) * 10 + (pair(text, 21) % 10);
  const hasMarks = text.charCodeAt(16) === COLON && text.charCodeAt(19) === POINT;
  if (!(minute < 60 && second < 60 && ms < 1000 && hasMarks)) return Number.NaN;
  knownText = text;
  knownMs = hourMs + minute * 60_000 + second * 1000 + ms;
  return knownMs;
}

/** Ms since the epoch of a text that matches {@link TIME_PATTERN}. Shorter than a millisecond is cut off. */
export function instantMs(text: string): number {
  if (text === knownText) return knownMs;
  const ms = ownFormMs(text);
  if (!Number.isNaN(ms)) return ms;
  knownMs = foreignMs(text);
  knownText = text;
  return knownMs;
}

/** Of a text in another form. */
function foreignMs(text: string): number {
  if (!isCalendarDay(text)) return Number.NaN;
  const secondMs = knownDayMs + pair(text, 11) * 3_600_000 + pair(text, 14) * 60_000 + pair(text, 17) * 1000;
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
  text.length === 24 && text.charCodeAt(10) === T && text.charCodeAt(23) === Z;

/** The instant of a text that matches {@link TIME_PATTERN}, in our own form: it compares with others like a time. */
export const instantOf = (text: string): string =>
  isOwnForm(text) ? text : formatTimestamp(instantMs(text));

/** `timestamp` of a moment given in ms since the epoch. */
export const formatTimestamp = (epochMs: number): string => new Date(epochMs).toISOString();

/** `timestamp_sent` of a moment given in ms since the epoch. */
export const formatSentHour = (epochMs: number): string => sentHourOf(formatTimestamp(epochMs));

/** The same of a moment in our own form. */
export const sentHourOf = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 13)}`;

/** Is a text a time that a device may write? Our own form first: it is the most frequent, and the cheapest to check. */
export const isTime = (text: string): boolean => !Number.isNaN(ownFormMs(text)) || isForeignTime(text);

const isForeignTime = (text: string) => TIME_PATTERN.test(text) && isCalendarDay(text) && isWritable(text);

/** Has its year four digits in UTC, too? Only at both ends may an offset lead out of them. */
const isWritable = (text: string) =>
  !(text.startsWith('0000') || text.startsWith('9999')) || instantMs(text) === writable(instantMs(text));

/** What is wrong with a text that is not such a time, as far as its form tells, without its content. */
export function explainTime(text: string): string {
  if (TIME_PATTERN.test(text)) {
    return isCalendarDay(text)
      ? 'Expected a year of four digits, also in UTC'
      : 'Expected a day that the calendar has';
  }
  const [, mistake] = MISTAKES.find(([pattern]) => pattern.test(text)) ?? [];
  const likely = /^\d+(?:\.\d+)?$/.test(text) ? `a text of digits: ${askUnit(Number(text))}` : mistake;
  return likely === undefined ? WANTED_TIME : `${WANTED_TIME}, got ${likely}`;
}

/** The same of a number. */
export const explainNumber = (epoch: number): string => `${WANTED_TIME}, got a number: ${askUnit(epoch)}`;

/** Each unit from here on: as one of those before it, the number would be thousands of years away. */
const UNITS: [from: number, name: string][] = [
  [1e17, 'ns'],
  [1e14, 'µs'],
  [0, 'seconds or ms'],
];
const askUnit = (epoch: number) =>
  `is it ${UNITS.find(([from]) => Math.abs(epoch) >= from)?.[1]} since the epoch?`;

/** The usual ones. */
const MISTAKES: [RegExp, string][] = [
  [/^$/, 'an empty text'],
  [/^\s|\s$/, 'a blank before or after it'],
  [/^[+-]?\d{5,}-\d\d-\d\d/, 'a year of more than four digits: were ms taken for seconds?'],
  [/^\d{4}-\d\d-\d\d[Tt ]24:/, 'an hour of 24: midnight is 00:00:00 of the next day'],
  [/^\d{4}-\d\d-\d\d[Tt ][\d:.]+\s+(?:[Zz]|[+-]\d\d:?\d\d)$/, 'a blank before the zone'],
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
