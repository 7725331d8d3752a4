/**
 * A window that comes back every week, such as `Sun 02:00-04:00`, `Mon-Fri 22:00-06:00` or `Sat,Sun 00:00-24:00`, by the
 * clocks on the wall of a zone. Alertmanager's time intervals do the same: what the clocks skip in spring is not in the
 * window, and what they show twice in autumn is in it twice.
 */

const WEEKDAYS: readonly string[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

interface WeeklyWindow {
  /** Days on which it begins, 0 is Monday. */
  days: readonly number[];
  /** Minutes since midnight. */
  from: number;
  /** Not in it any more. At most `from`: the next day. */
  to: number;
}

const PATTERN = /^([A-Za-z,-]+) (\d\d?):(\d\d)-(\d\d?):(\d\d)$/;
const DAY_MINUTES = 1440;
const DAYS = WEEKDAYS.length;

/** @throws RangeError naming what was expected and what came */
export function parseWeekly(text: string): WeeklyWindow {
  const [, days = '', ...numbers] = PATTERN.exec(text.trim()) ?? fail(text);
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = numbers.map(Number);
  const [from, to] = [fromHour * 60 + fromMinute, toHour * 60 + toMinute];
  const isTime = Math.max(fromMinute, toMinute) < 60 && from < DAY_MINUTES && to <= DAY_MINUTES;
  if (!isTime || from === to) fail(text);
  return { days: [...new Set(days.split(',').flatMap((range) => daysOf(range, text)))], from, to };
}

function daysOf(range: string, text: string): number[] {
  const [first = -1, last = first, ...more] = range
    .split('-')
    .map((day) => WEEKDAYS.findIndex((known) => known.toLowerCase() === day.toLowerCase()));
  if (first < 0 || last < 0 || more.length > 0) fail(text);
  // Over the end of the week, too: Sat-Mon.
  const length = ((last - first + DAYS) % DAYS) + 1;
  return Array.from({ length }, (_, i) => (first + i) % DAYS);
}

function fail(text: string): never {
  throw new RangeError(
    `Expected days and times such as "Sun 02:00-04:00", "Mon-Fri 22:00-06:00" or "Sat,Sun 00:00-24:00", got "${text}"`,
  );
}

export function isInWindow({ days, from, to }: WeeklyWindow, zone: string, ms: number): boolean {
  const { day, minute } = wallClock(zone, ms);
  if (from < to) return days.includes(day) && minute >= from && minute < to;
  const dayBefore = (day + DAYS - 1) % DAYS;
  return (days.includes(day) && minute >= from) || (days.includes(dayBefore) && minute < to);
}

const MINUTE_MS = 60_000;
const WEEK_MS = DAYS * DAY_MINUTES * MINUTE_MS;

/** Does any of it lie between these times? In a week, it comes. */
export function comesBetween(window: WeeklyWindow, zone: string, fromMs: number, untilMs: number): boolean {
  if (untilMs - fromMs >= WEEK_MS) return true;
  for (let ms = fromMs; ms < untilMs; ms = (Math.floor(ms / MINUTE_MS) + 1) * MINUTE_MS)
    if (isInWindow(window, zone, ms)) return true;
  return false;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Day of the week, 0 is Monday, and minutes since midnight. */
function wallClock(zone: string, ms: number): { day: number; minute: number } {
  let format = formats.get(zone);
  if (format === undefined) {
    const options = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    format = new Intl.DateTimeFormat('en-US', { ...options, timeZone: zone });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  return {
    day: WEEKDAYS.indexOf(parts.get('weekday') ?? ''),
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
}

/** Is it a name of the zone database, such as Europe/Berlin? */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
