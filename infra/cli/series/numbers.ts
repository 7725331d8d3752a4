/** Reads the values of a recorded series. A file uses one decimal mark, point or comma. */
import { METRIC_FIELDS, type Metric } from '../../../services/contract/reading.ts';
import { shorten } from './times.ts';

export const DECIMAL_MARKS = ['point', 'comma'] as const;
export type DecimalMark = (typeof DECIMAL_MARKS)[number];

const WHOLE = /^[+-]?\d+(?:e[+-]?\d+)?$/i;
const FRACTION: Record<DecimalMark, RegExp> = {
  point: /^[+-]?(?:\d+\.\d*|\.\d+)(?:e[+-]?\d+)?$/i,
  comma: /^[+-]?(?:\d+,\d*|,\d+)(?:e[+-]?\d+)?$/i,
};
/** The mark may also separate thousands, so that 1,234 is ambiguous. */
const PERHAPS_THOUSANDS = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;

/** Reads the cells of one file from the first to the last. */
export class Numbers {
  readonly notices: string[] = [];
  readonly #metric: Metric;
  readonly #named: boolean;
  #mark: DecimalMark | undefined;
  /** The first cells that would be fractions with this mark, unless it separates thousands. */
  readonly #undecided = new Map<DecimalMark, string>();

  constructor(metric: Metric, mark: DecimalMark | undefined) {
    this.#metric = metric;
    this.#mark = mark;
    this.#named = mark !== undefined;
  }

  /** The value, or a sentence on why there is none. */
  read(cell: string, line: number): number | string {
    const text = cell.trim();
    const value = this.#parse(text, line);
    if (typeof value === 'string') return value;
    return Number.isFinite(value) ? (explainRange(value, this.#metric) ?? value) : refuse(text);
  }

  /** At the end of the file: why the values remain ambiguous, if they do. */
  settle(): string | undefined {
    const [comma, point] = [this.#undecided.get('comma'), this.#undecided.get('point')];
    const say = 'Say what the decimal mark is with --decimal comma or --decimal point';
    if (comma !== undefined && this.#mark !== 'comma') {
      return `Expected numbers without separators of thousands, got ${comma}. ${say}`;
    }
    if (point !== undefined && this.#mark === 'comma') {
      return `Expected one decimal mark, got ${point} and others with a comma. ${say}`;
    }
    if (this.#mark === 'comma' && !this.#named) this.notices.push('Values are read with a decimal comma.');
    return undefined;
  }

  #parse(text: string, line: number): number | string {
    if (WHOLE.test(text)) return Number(text);
    const mark = DECIMAL_MARKS.find((each) => FRACTION[each].test(text));
    if (mark === undefined) return refuse(text);
    if (this.#mark === undefined) {
      if (!PERHAPS_THOUSANDS.test(text)) this.#mark = mark;
      else if (!this.#undecided.has(mark)) this.#undecided.set(mark, `"${text}" in line ${line}`);
    } else if (mark !== this.#mark) {
      return `Expected a number with a decimal ${this.#mark}, got "${text}"`;
    }
    return Number(mark === 'comma' ? text.replace(',', '.') : text);
  }
}

const refuse = (text: string) => `Expected a number, got "${shorten(text)}"`;

function explainRange(value: number, metric: Metric): string | undefined {
  const { range, unit } = METRIC_FIELDS[metric];
  if (value >= range.min && value <= range.max) return undefined;
  const quantity = unit === '%' ? 'a percentage' : unit;
  return `Expected ${quantity} (${range.min} to ${range.max}) for ${metric}, got ${value}`;
}
