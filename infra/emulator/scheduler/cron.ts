/** The six fields of a cron expression, as EventBridge Scheduler documents them. */
import type { TimeZone } from './time-zone.ts';

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
/** The week begins with day 1. */
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const LAST_YEAR = 2199;
const DAY_MS = 86_400_000;

interface Day {
  year: number;
  month: number;
  day: number;
  /** 1 is Sunday. */
  weekday: number;
  daysInMonth: number;
}
type DayTest = (day: Day) => boolean;

interface Cron {
  minutes: readonly number[];
  hours: readonly number[];
  onDay: DayTest;
  lastYear: number;
}

/** @throws RangeError that names the field */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) {
    throw new RangeError(
      `Expected 6 fields (minutes hours day-of-month month day-of-week year), got "${text}"`,
    );
  }
  const [minute = '', hour = '', monthDay = '', month = '', weekday = '', year = ''] = fields;
  if ((monthDay === '?') === (weekday === '?')) {
    throw new RangeError(`Expected ? in one of day-of-month and day-of-week, got "${text}"`);
  }
  const months = numbers(month, 'month', 1, 12, MONTHS);
  const years = numbers(year, 'year', 1970, LAST_YEAR);
  const isRightDay = weekday === '?' ? monthDayTest(monthDay) : weekdayTest(weekday);
  return {
    minutes: numbers(minute, 'minutes', 0, 59),
    hours: numbers(hour, 'hours', 0, 23),
    lastYear: Math.max(...years),
    onDay: (day) => months.includes(day.month) && years.includes(day.year) && isRightDay(day),
  };
}

/** The first time after a moment; undefined when there is none any more. */
export function nextOfCron(cron: Cron, zone: TimeZone, afterMs: number): number | undefined {
  const shownAfter = zone.shown(afterMs);
  const first = new Date(shownAfter);
  // From noon to noon no day is skipped or seen twice.
  let noonMs = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate(), 12);
  for (; new Date(noonMs).getUTCFullYear() <= cron.lastYear; noonMs += DAY_MS) {
    const day = dayOf(noonMs);
    if (!cron.onDay(day)) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        // What the clocks have shown already is over: of a time that comes twice, only the first counts.
        if (Date.UTC(day.year, day.month - 1, day.day, hour, minute) < shownAfter) continue;
        const at = zone.momentOf({ ...day, hour, minute });
        if (at !== undefined && at > afterMs) return at;
      }
    }
  }
  return undefined;
}

function dayOf(noonMs: number): Day {
  const date = new Date(noonMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { year, month, day: date.getUTCDate(), weekday: date.getUTCDay() + 1, daysInMonth };
}

/** `L` last day, `LW` last weekday, `15W` the weekday that is nearest to the 15th within its month. */
function monthDayTest(field: string): DayTest {
  if (field === 'L') return ({ day, daysInMonth }) => day === daysInMonth;
  const [, near] = /^(L|\d+)W$/.exec(field) ?? [];
  if (near === undefined) {
    const days = numbers(field, 'day-of-month', 1, 31);
    return ({ day }) => days.includes(day);
  }
  const fixed = near === 'L' ? undefined : numberOf(near, 'day-of-month', 1, 31);
  return (today) => {
    const wanted = fixed ?? today.daysInMonth;
    return wanted <= today.daysInMonth && today.day === nearestWeekday(wanted, today);
  };
}

function nearestWeekday(wanted: number, today: Day): number {
  const weekday = ((((today.weekday - 1 + wanted - today.day) % 7) + 7) % 7) + 1;
  if (weekday === 7) return wanted > 1 ? wanted - 1 : wanted + 2;
  if (weekday === 1) return wanted < today.daysInMonth ? wanted + 1 : wanted - 2;
  return wanted;
}

/** `L` Saturday, `6L` the month's last Friday, `3#2` its second Tuesday. */
function weekdayTest(field: string): DayTest {
  if (field === 'L') return ({ weekday }) => weekday === 7;
  const [, name = '', kind = ''] = /^(\w+?)(L|#\d)$/i.exec(field) ?? [];
  if (kind === '') {
    const days = numbers(field, 'day-of-week', 1, 7, WEEKDAYS);
    return ({ weekday }) => days.includes(weekday);
  }
  const wanted = numberOf(name, 'day-of-week', 1, 7, WEEKDAYS);
  if (kind === 'L') return ({ weekday, day, daysInMonth }) => weekday === wanted && day > daysInMonth - 7;
  const nth = numberOf(kind.slice(1), 'day-of-week', 1, 5);
  return ({ weekday, day }) => weekday === wanted && Math.ceil(day / 7) === nth;
}

/** A field of values, ranges and steps, such as `1,MON-FRI,0/15`, as the values that it means. */
function numbers(field: string, what: string, min: number, max: number, names?: readonly string[]): number[] {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step, ...more] = part.split('/');
    const [from = '', to, ...rest] = range.split('-');
    if (more.length > 0 || rest.length > 0) throw wrong(what, field, min, max);
    const first = from === '*' ? min : numberOf(from, what, min, max, names);
    const isOpen = from === '*' || step !== undefined;
    const last = to === undefined ? (isOpen ? max : first) : numberOf(to, what, min, max, names);
    const by = step === undefined ? 1 : numberOf(step, what, 1, max);
    if (last < first || (from === '*' && to !== undefined)) throw wrong(what, field, min, max);
    for (let value = first; value <= last; value += by) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

function numberOf(text: string, what: string, min: number, max: number, names?: readonly string[]): number {
  const named = names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + min;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw wrong(what, text, min, max);
}

const wrong = (what: string, got: string, min: number, max: number) =>
  new RangeError(`Expected ${what} to be of ${min} to ${max}, with * , - and / between them, got "${got}"`);
