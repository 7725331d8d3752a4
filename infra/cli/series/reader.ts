/** Turns the rows of a table into a recorded series. */
import type { Metric } from '../../../services/contract/reading.ts';
import { plural } from '../text.ts';
import type { UserError } from '../user-error.ts';
import {
  type ColumnChoice,
  type Columns,
  findColumns,
  isComment,
  isRemark,
  isSpreadsheetLine,
} from './header.ts';
import { type DecimalMark, Numbers } from './numbers.ts';
import { distinctTimes, orderOf, type Points } from './order.ts';
import { cellsWithin, isBlank } from './rows.ts';
import type { TimeFormat } from './time-forms.ts';
import { isTime, shorten, Times } from './times.ts';

export interface SeriesOptions extends ColumnChoice {
  /** The metric of the values: those out of its range are skipped. */
  metric: Metric;
  timeFormat?: TimeFormat | undefined;
  delimiter?: string | undefined;
  decimal?: DecimalMark | undefined;
}

export interface SkippedRow {
  /** Number of the line in which it begins, from 1. */
  line: number;
  reason: string;
}

export interface Series {
  /** ms since the epoch, each later than the one before. */
  timesMs: number[];
  /** One for each time. */
  values: number[];
  /** Rows that could not be used: how many, and the first of them. */
  skipped: { count: number; named: SkippedRow[] };
  /** How ambiguous parts of the file were read, for people. */
  notices: string[];
}

/** Number of skipped rows that are kept, to be named. */
const NAMED_ROWS = 20;

export class SeriesReader {
  readonly #options: SeriesOptions;
  readonly #delimiter: string;
  readonly #refuse: (why: string) => UserError;
  readonly #times: Times;
  readonly #numbers: Numbers;
  readonly #points: Points = { timesMs: [], values: [], lines: [] };
  readonly #skipped: Series['skipped'] = { count: 0, named: [] };
  #header: readonly string[] = [];
  #columns: Columns | undefined;
  /** Column name → cell by which this series is identified. */
  readonly #identity = new Map<string, string>();
  #otherSeries = 0;

  constructor(options: SeriesOptions, delimiter: string, refuse: (why: string) => UserError) {
    this.#options = options;
    this.#delimiter = delimiter;
    this.#refuse = refuse;
    this.#times = new Times(options.timeFormat);
    this.#numbers = new Numbers(options.metric, options.decimal);
  }

  take(cells: string[], line: number): void {
    if (isBlank(cells) || (this.#columns && isRemark(cells))) return;
    if (this.#columns === undefined || this.#isHeaderAgain(cells, this.#columns)) {
      this.#begin(cells, line);
      return;
    }
    const reason = this.#takeRow(cells, line, this.#columns);
    if (reason !== undefined) this.#skip(line, reason);
  }

  finish(): Series {
    if (this.#columns === undefined) {
      throw this.#refuse('Expected a header with a column of times and one of values, got an empty file');
    }
    const problem = this.#times.settle(this.#points.timesMs) ?? this.#numbers.settle();
    if (problem !== undefined) throw this.#refuse(problem);
    if (this.#points.values.length === 0) throw this.#refuse(this.#explainNothing(this.#columns));
    const notices = [...this.#times.notices, ...this.#numbers.notices];
    if (this.#otherSeries > 0)
      notices.push(`${plural(this.#otherSeries, 'row')} of other series left out (--where).`);
    const order = orderOf(this.#points.timesMs);
    if (order !== undefined) notices.push('Rows were not in order of time; sorted.');
    const repeated = (line: number, ms: number, first: number) => this.#skipRepeated(line, ms, first);
    const distinct = distinctTimes(this.#points, order, repeated);
    this.#skipped.named.sort((a, b) => a.line - b.line);
    return { ...distinct, skipped: this.#skipped, notices };
  }

  /** Joined tables have a header each, which may differ. */
  #isHeaderAgain(cells: readonly string[], { time, value }: Columns): boolean {
    const name = this.#header[time[0] as number] as string;
    if (name.trim() === '') return cells.every((cell, i) => cell === this.#header[i]);
    return cells.includes(name) && cells.includes(this.#header[value] as string);
  }

  #begin(cells: string[], line: number): void {
    if (line === 1 && isSpreadsheetLine(cells)) return;
    const columns = findColumns(cells, this.#options);
    if (typeof columns !== 'string') {
      this.#columns = columns;
      this.#header = cells;
    } else if (!isComment(cells)) {
      throw this.#refuse(columns);
    }
  }

  /** @returns why it cannot be used */
  #takeRow(cells: readonly string[], line: number, columns: Columns): string | undefined {
    if (cells.some((cell) => this.#holdsRow(cell)))
      return 'Expected a row to end in its line, got a quote that is open';
    if (cells.length !== this.#header.length) {
      return `Expected ${plural(this.#header.length, 'cell')}, as in the header, got ${cells.length}`;
    }
    if (columns.where.some(({ index, cell }) => (cells[index] as string).trim() !== cell)) {
      this.#otherSeries++;
      return undefined;
    }
    const [first, second] = columns.time.map((index) => cells[index] as string);
    const time = this.#times.read(second === undefined ? (first as string) : `${first} ${second}`, line);
    if (typeof time === 'string') return time;
    this.#checkIdentity(cells, columns);
    const value = this.#numbers.read(cells[columns.value] as string, line);
    if (typeof value === 'string') return value;
    this.#points.timesMs.push(time);
    this.#points.values.push(value);
    this.#points.lines.push(line);
    return undefined;
  }

  /** A stray quote joins everything up to the next quote into one cell, which then contains the time of another row. */
  #holdsRow(cell: string): boolean {
    return cellsWithin(cell, this.#delimiter).some((part) => isTime(part, this.#options.timeFormat));
  }

  /** @throws UserError for a row of another series, which would be mixed with the first */
  #checkIdentity(cells: readonly string[], { series, names }: Columns): void {
    for (const index of series) {
      const [name, cell] = [names[index] as string, (cells[index] as string).trim()];
      const known = this.#identity.get(name);
      if (cell === '' || cell === known) continue;
      if (known !== undefined) throw this.#refuse(explainMixed(name, known, cell));
      this.#identity.set(name, cell);
    }
  }

  #skip(line: number, reason: string): void {
    this.#skipped.count++;
    if (this.#skipped.named.length < NAMED_ROWS) this.#skipped.named.push({ line, reason });
  }

  #explainNothing({ names, time, value }: Columns): string {
    const [first] = this.#skipped.named;
    if (first === undefined && this.#otherSeries > 0) {
      return `Expected rows as --where says, got ${plural(this.#otherSeries, 'other')}`;
    }
    const why = first ? `line ${first.line}: ${first.reason}` : 'it has no rows below its header';
    const used = [...time, value].map((index) => `"${names[index]}"`).join(' and ');
    const hint = first ? ` (columns ${used}; --time-column and --column choose others)` : '';
    return `Expected at least one usable row; ${why}${hint}`;
  }

  #skipRepeated(line: number, ms: number, otherLine: number): void {
    const time = new Date(ms).toISOString();
    if (this.#times.wholeDays) {
      throw this.#refuse(
        `Expected a time of day where a day has several rows, got ${time.slice(0, 10)} in lines ${otherLine} and ${line}. ` +
          'Name another column of times with --time-column',
      );
    }
    this.#skip(line, `Expected every time once, got that of line ${otherLine} again (${time})`);
  }
}

const explainMixed = (name: string, one: string, other: string) =>
  `Expected one series, got several: ${name} is ${shorten(one)}, and ${shorten(other)}. ` +
  `Choose with --where "${name}=${shorten(one)}"`;
