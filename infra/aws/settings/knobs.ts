/** Kinds of knobs. `-c` gives strings and cdk.json gives JSON, so both are read. */
import { UserError } from '../../cli/user-error.ts';

export interface Knob<T> {
  meaning: string;
  /** What it takes, and what it is if nothing is said: for people. */
  allowed: string;
  default: string;
  /** A value for an error message to show. */
  example: string;
  /** @throws UserError for a value that is not allowed; `undefined` yields the default */
  parse(value: unknown): T;
}

const unexpected = (expected: string, value: unknown) =>
  new UserError(`Expected ${expected}, got ${JSON.stringify(value)}`);

interface Range {
  default: number;
  min: number;
  max: number;
  unit: string;
}

export function wholeNumber(range: Range, meaning: string): Knob<number> {
  return {
    meaning,
    allowed: `${range.min} to ${range.max} ${range.unit}`,
    default: String(range.default),
    example: String(range.default),
    parse(value) {
      if (value === undefined) return range.default;
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      if (!Number.isInteger(number) || (number as number) < range.min || (number as number) > range.max) {
        throw unexpected(`a whole number of ${range.unit} from ${range.min} to ${range.max}`, value);
      }
      return number as number;
    },
  };
}

export function choice<const T extends string | number>(
  allowed: readonly T[],
  fallback: NoInfer<T>,
  meaning: string,
): Knob<T> {
  return {
    meaning,
    allowed: allowed.join(', '),
    default: String(fallback),
    example: String(fallback),
    parse(value) {
      if (value === undefined) return fallback;
      const found = allowed.find((item) => item === value || String(item) === value);
      if (found === undefined) throw unexpected(`one of ${allowed.join(', ')}`, value);
      return found;
    },
  };
}

export function text(fallback: string, meaning: string): Knob<string> {
  return {
    meaning,
    allowed: 'text',
    default: fallback,
    example: fallback,
    parse(value) {
      if (value === undefined) return fallback;
      if (typeof value !== 'string' || value.trim() === '') throw unexpected('a text', value);
      return value.trim();
    },
  };
}

/** No address is the default. */
export function emails(meaning: string): Knob<string[]> {
  return {
    meaning,
    allowed: 'e-mail addresses, separated by commas',
    default: 'nobody',
    example: 'you@example.com',
    parse(value) {
      if (value === undefined || value === '') return [];
      const list = typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value;
      const valid = Array.isArray(list) && list.every((item) => typeof item === 'string' && EMAIL.test(item));
      if (!valid) throw unexpected('e-mail addresses, separated by commas', value);
      return [...new Set(list as string[])];
    },
  };
}

const EMAIL = /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/;
