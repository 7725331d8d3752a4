/** Reads a cell as a time, in the forms that other programs write. */

/** The values of `--time-format`: forms that cannot always be recognized from a cell. */
export const TIME_FORMATS = [
  'DD/MM/YYYY',
  'MM/DD/YYYY',
  'epoch-s',
  'epoch-ms',
  'epoch-us',
  'epoch-ns',
] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];
export type DayOrder = Extract<TimeFormat, `${string}/YYYY`>;
export type EpochFormat = Exclude<TimeFormat, DayOrder>;

/** In ms since 1970. A cell that has the form but names no moment, such as 30 February, is `impossible`. */
type Moment = number | 'impossible';

/** Digits below the second. */
const EPOCH_DIGITS: Record<EpochFormat, number> = {
  'epoch-s': 0,
  'epoch-ms': 3,
  'epoch-us': 6,
  'epoch-ns': 9,
};
export const isEpoch = (format: TimeFormat): format is EpochFormat => format in EPOCH_DIGITS;
/**
 * A number has the unit in which it is a time from 1979 to 2030. Row numbers, and digits that spell a date, such as
 * 2026030114 and 202603011430, are outside of this range in every unit.
 */
const PLAUSIBLE_SECONDS = { min: 3e8, max: 1.9e9 };
/** Times outside of this range are placeholders, such as 0001-01-01 and 9999-12-31. */
const YEARS = { min: 1900, max: 2999 };

const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?`;
const ISO = new RegExp(
  String.raw`^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:(?:T| +)${CLOCK}(?: ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?)?$`,
  'i',
);
const DAY_AND_MONTH = new RegExp(
  String.raw`^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?:,? +${CLOCK}(?:\s?([AP]M))?(?: ?(?:Z|UTC|GMT))?)?$`,
  'i',
);
const EPOCH = /^(-?\d+)(?:\.(\d+))?$/;

export const isNumber = (text: string): boolean => EPOCH.test(text);

/** ISO 8601 and similar forms, with the year first. Without a zone it is UTC. */
export function readIso(
  text: string,
): { moment: Moment; zone: 'none' | 'UTC' | 'other'; wholeDay: boolean } | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, , month, day, hour, minute, second, fraction, zone] = match;
  const utc = momentOf(Number(year), Number(month), Number(day), { hour, minute, second, fraction });
  const offset = zone === undefined ? 0 : offsetMs(zone);
  const moment = utc === 'impossible' || offset === 'impossible' ? 'impossible' : utc - offset;
  const kind = zone === undefined ? 'none' : offset === 0 ? 'UTC' : 'other';
  return { moment, zone: kind, wholeDay: hour === undefined };
}

/** Day and month before the year, read in both orders, because a cell alone may not show which is meant. */
export function readDayAndMonth(
  text: string,
): (Record<DayOrder, Moment> & { dotted: boolean; wholeDay: boolean }) | undefined {
  const match = DAY_AND_MONTH.exec(text);
  if (match === null) return undefined;
  const [, first, separator, second, year, hour, minute, seconds, fraction, half] = match;
  const clock = { hour, minute, second: seconds, fraction, half };
  const [a, b, y] = [Number(first), Number(second), Number(year)];
  return {
    'DD/MM/YYYY': momentOf(y, b, a, clock),
    'MM/DD/YYYY': momentOf(y, a, b, clock),
    dotted: separator === '.',
    wholeDay: hour === undefined,
  };
}

/** A number as time since 1970. The decimal point is moved in the text: nanoseconds exceed a double's precision. */
export function readEpoch(text: string, format: EpochFormat): Moment | undefined {
  const match = EPOCH.exec(text);
  if (match === null) return undefined;
  const [, whole = '', fraction = ''] = match;
  const shift = 3 - EPOCH_DIGITS[format];
  const ms = Number(shift < 0 ? whole.slice(0, shift) : whole + fraction.slice(0, shift).padEnd(shift, '0'));
  const year = new Date(ms).getUTCFullYear();
  return year >= YEARS.min && year <= YEARS.max ? ms : 'impossible';
}

/** The only unit in which the number is a plausible time. */
export function guessEpoch(text: string): EpochFormat | undefined {
  if (!isNumber(text)) return undefined;
  return TIME_FORMATS.filter(isEpoch).find((format) => {
    const seconds = Number(text) / 10 ** EPOCH_DIGITS[format];
    return seconds >= PLAUSIBLE_SECONDS.min && seconds < PLAUSIBLE_SECONDS.max;
  });
}

/** The moment with day and month exchanged, if that is a valid date. */
export function swapDayAndMonth(ms: number): number {
  const date = new Date(ms);
  const [month, day] = [date.getUTCMonth() + 1, date.getUTCDate()];
  return day > 12 ? ms : date.setUTCMonth(day - 1, month);
}

interface Clock {
  hour: string | undefined;
  minute: string | undefined;
  second: string | undefined;
  fraction: string | undefined;
  /** AM or PM. */
  half?: string | undefined;
}

function momentOf(year: number, month: number, day: number, clock: Clock): Moment {
  const { minute = '0', second = '0', fraction = '' } = clock;
  const hour = hourOf(clock);
  const hasDay = year >= YEARS.min && year <= YEARS.max && month >= 1 && month <= 12 && day >= 1;
  if (!hasDay || hour === undefined || Number(minute) > 59 || Number(second) > 59) return 'impossible';
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const moment = Date.UTC(year, month - 1, day, hour, Number(minute), Number(second), ms);
  // A day that the month does not have becomes one of the next month.
  return day <= 28 || new Date(moment).getUTCDate() === day ? moment : 'impossible';
}

function hourOf({ hour = '0', half }: Clock): number | undefined {
  const value = Number(hour);
  if (half === undefined) return value <= 23 ? value : undefined;
  if (value < 1 || value > 12) return undefined;
  return (value % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);
}

function offsetMs(zone: string): Moment {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (match === null) return 0;
  const [hours, minutes] = [Number(match[2]), Number(match[3] ?? 0)];
  if (hours > 23 || minutes > 59) return 'impossible';
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
