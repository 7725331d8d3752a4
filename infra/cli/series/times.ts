/** Reads the times of a recorded series. All must have the form of the first one. */
import { clip } from '../text.ts';
import {
  type DayOrder,
  type EpochFormat,
  guessEpoch,
  isEpoch,
  isNumber,
  readDayAndMonth,
  readEpoch,
  readIso,
  swapDayAndMonth,
  type TimeFormat,
} from './time-forms.ts';

const EPOCH_UNITS: Record<EpochFormat, string> = {
  'epoch-s': 'seconds',
  'epoch-ms': 'milliseconds',
  'epoch-us': 'microseconds',
  'epoch-ns': 'nanoseconds',
};
const ORDERS = { 'DD/MM/YYYY': 'day before month', 'MM/DD/YYYY': 'month before day' } as const;
const SAY_WHICH = 'Say which is meant with --time-format DD/MM/YYYY or --time-format MM/DD/YYYY';

/** Reads the cells of one file from the first to the last. */
export class Times {
  /** Whether all are dates without a time of day. */
  wholeDays = true;
  /** Whether the last one that was read says nothing of its zone. */
  zoneless = false;
  /** How ambiguous times were read, for people. */
  readonly notices: string[] = [];
  readonly #named: TimeFormat | undefined;
  #epoch: EpochFormat | undefined;
  /** The form that all must have, in words; set by the first. */
  #form: string | undefined;
  /** Whether they are in another zone than UTC: then a time without a zone would not be UTC either. */
  #zone: 'none' | 'other' | undefined;
  /** The first cell that is a date only in this order, and its line. */
  readonly #evidence = new Map<DayOrder, string>();
  /** The first cell that is a date in both orders. */
  #undecided: string | undefined;

  constructor(named: TimeFormat | undefined) {
    this.#named = named;
    if (named !== undefined && isEpoch(named)) this.#epoch = named;
  }

  /** The moment in ms since the epoch, or a sentence on why there is none. */
  read(cell: string, line: number): number | string {
    const text = cell.trim();
    if (this.#named === undefined) {
      return this.#readIso(text) ?? this.#readEpoch(text) ?? this.#readDated(text, line) ?? refuse(text);
    }
    const time = isEpoch(this.#named) ? this.#readEpoch(text) : this.#readDated(text, line);
    return time ?? `Expected a timestamp as ${this.#named}, got "${shorten(text)}"`;
  }

  /** At the end of the file: corrects the times to the order that was found, or returns why they remain ambiguous. */
  settle(timesMs: number[]): string | undefined {
    const [dayFirst, monthFirst] = [this.#evidence.get('DD/MM/YYYY'), this.#evidence.get('MM/DD/YYYY')];
    if (dayFirst !== undefined && monthFirst !== undefined) {
      return `Expected day and month in one order, got ${dayFirst} and ${monthFirst}. ${SAY_WHICH}`;
    }
    const evidence = dayFirst ?? monthFirst;
    if (evidence === undefined) {
      const either = this.#undecided;
      return either && `Expected times that tell the day from the month, got ${either}. ${SAY_WHICH}`;
    }
    if (monthFirst !== undefined) for (const [i, ms] of timesMs.entries()) timesMs[i] = swapDayAndMonth(ms);
    const order = ORDERS[dayFirst === undefined ? 'MM/DD/YYYY' : 'DD/MM/YYYY'];
    this.notices.push(`Times are read with the ${order}, because of ${evidence}.`);
    return undefined;
  }

  #readIso(text: string): number | string | undefined {
    const iso = readIso(text);
    if (iso === undefined) return undefined;
    if (!iso.wholeDay) this.wholeDays = false;
    this.zoneless = iso.zone === 'none';
    const time = this.#inForm('with the year first', iso.moment, text);
    if (typeof time === 'string' || iso.zone === 'UTC') return time;
    this.#zone ??= iso.zone;
    if (iso.zone === this.#zone) return time;
    const zone = this.#zone === 'none' ? 'without a zone' : 'with a zone';
    return `Expected a time ${zone}, as in the rows before, got "${shorten(text)}"`;
  }

  #readEpoch(text: string): number | string | undefined {
    const format = this.#named === undefined ? guessEpoch(text) : this.#epoch;
    const moment = format && readEpoch(text, format);
    if (format === undefined || moment === undefined) return undefined;
    this.wholeDays = false;
    this.zoneless = false;
    const unit = EPOCH_UNITS[format];
    if (this.#form === undefined && this.#named === undefined) {
      this.notices.push(`Times are read as ${unit} since 1970, by their size (--time-format ${format}).`);
    }
    return this.#inForm(`in ${unit} since 1970`, moment, text);
  }

  #readDated(text: string, line: number): number | string | undefined {
    const dated = readDayAndMonth(text);
    if (dated === undefined) return undefined;
    if (!dated.wholeDay) this.wholeDays = false;
    this.zoneless = !/(?:Z|UTC|GMT)$/i.test(text);
    const form = 'with the year last';
    if (this.#named !== undefined && !isEpoch(this.#named)) {
      return this.#inForm(form, dated[this.#named], text);
    }
    const [dayFirst, monthFirst] = [dated['DD/MM/YYYY'], dated['MM/DD/YYYY']];
    const here = `"${text}" in line ${line}`;
    if (dayFirst === 'impossible') {
      if (monthFirst !== 'impossible') this.#learn('MM/DD/YYYY', here);
      return this.#inForm(form, monthFirst, text);
    }
    // Nobody writes the month first with dots.
    if (monthFirst === 'impossible' || dated.dotted) this.#learn('DD/MM/YYYY', here);
    else if (monthFirst !== dayFirst) this.#undecided ??= here;
    return this.#inForm(form, dayFirst, text);
  }

  #learn(order: DayOrder, here: string): void {
    if (!this.#evidence.has(order)) this.#evidence.set(order, here);
  }

  #inForm(form: string, moment: number | 'impossible', text: string): number | string {
    if (moment === 'impossible') return `Expected a time that the calendar has, got "${shorten(text)}"`;
    this.#form ??= form;
    if (form === this.#form) return moment;
    return `Expected a time ${this.#form}, as in the rows before, got "${shorten(text)}"`;
  }
}

export const isTime = (text: string, format: TimeFormat | undefined): boolean =>
  typeof new Times(format).read(text, 0) === 'number';

function refuse(text: string): string {
  const got = `Expected a timestamp such as 2014-02-14 14:30:00, got "${shorten(text)}"`;
  return isNumber(text) ? `${got}; --time-format says what a number counts, such as epoch-s` : got;
}

/** A cell, shortened to fit into a line. */
export const shorten = (cell: string): string => clip(cell.replace(/\s+/g, ' '), 40);
