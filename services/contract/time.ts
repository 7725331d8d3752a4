/** Times as they are written in readings and alerts, in UTC. */

/** ISO 8601, UTC, exactly milliseconds: the only form that OpenX, Athena and string order all agree on. */
export const TIMESTAMP_PATTERN =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
/** The hour (UTC) in which a reading was sent, `YYYY-MM-DD HH`: the partition of the lake. */
export const SENT_HOUR_PATTERN = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3])$/;

const ONE = '1'.charCodeAt(0);

/**
 * Does the calendar have the day with which this text begins? `2026-02-30` matches every pattern and is not a date.
 * By arithmetic, because a Date would cost more than parsing the whole reading.
 */
export function isCalendarDay(text: string): boolean {
  if (text.charCodeAt(8) <= ONE) return true;
  const day = Number(text.slice(8, 10));
  if (day <= 28) return true;
  const month = Number(text.slice(5, 7));
  if (month !== 2) return day <= 30 || (month <= 7 ? month % 2 === 1 : month % 2 === 0);
  const year = Number(text.slice(0, 4));
  return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** `timestamp` of a moment given in ms since the epoch. */
export const formatTimestamp = (epochMs: number): string => new Date(epochMs).toISOString();

/** `timestamp_sent` of a moment given in ms since the epoch. */
export function formatSentHour(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 13)}`;
}
