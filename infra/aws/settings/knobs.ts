/** The kinds of knobs. `-c` gives strings and cdk.json gives JSON, so both are accepted. */
import { isEmailAddress } from '../../../services/contract/email-address.ts';
import { jsonIn } from '../../../services/contract/json.ts';
import { UserError } from '../../cli/user-error.ts';

export interface Knob<T> {
  meaning: string;
  /** The accepted values and the default, for people. */
  allowed: string;
  default: string;
  /** A value to show in an error message. */
  example: string;
  /** The accepted values, as a JSON schema for files of environments. */
  schema: Record<string, unknown>;
  /** @throws UserError for a value that is not allowed; `undefined` yields the default */
  parse(value: unknown): T;
  /** What somebody loses by a change, in words; undefined where nobody does. */
  takes?(from: T, to: T): string | undefined;
}

const unexpected = (expected: string, value: unknown) =>
  // JSON has no NaN.
  new UserError(
    `Expected ${expected}, got ${typeof value === 'number' ? String(value) : JSON.stringify(value)}`,
  );

interface Range {
  default: number;
  min: number;
  max: number;
  unit: string;
  /** What a lower value takes away. */
  lower?: string;
  /** 0 is more than any other value: it keeps forever. */
  zeroIsForever?: true;
  /** 0 is allowed as well, and stands for something else. */
  orZero?: true;
}

export function wholeNumber(range: Range, meaning: string): Knob<number> {
  const { min, max, unit, orZero } = range;
  return {
    meaning,
    allowed: `${min} to ${max} ${unit}${orZero ? ', or 0' : ''}`,
    default: String(range.default),
    example: String(range.default),
    schema: {
      ...{ type: 'integer', minimum: orZero ? 0 : min, maximum: max, default: range.default },
      ...(orZero && { not: { exclusiveMinimum: 0, exclusiveMaximum: min } }),
    },
    parse(value) {
      if (value === undefined) return range.default;
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      const isZero = orZero === true && number === 0;
      if (!isZero && (!Number.isInteger(number) || (number as number) < min || (number as number) > max)) {
        throw unexpected(`a whole number of ${unit} from ${min} to ${max}${orZero ? ', or 0' : ''}`, value);
      }
      return number as number;
    },
    takes(from, to) {
      const size = (value: number) => (range.zeroIsForever && value === 0 ? Number.POSITIVE_INFINITY : value);
      return size(to) < size(from) ? range.lower : undefined;
    },
  };
}

/** @param leaving what is lost when the knob leaves a value */
export function choice<const T extends string | number>(
  allowed: readonly T[],
  fallback: NoInfer<T>,
  meaning: string,
  leaving: Partial<Record<NoInfer<T>, string>> = {},
): Knob<T> {
  return {
    meaning,
    allowed: allowed.join(', '),
    default: String(fallback),
    example: String(fallback),
    schema: { enum: allowed, default: fallback },
    parse(value) {
      if (value === undefined) return fallback;
      const found = allowed.find((item) => item === value || String(item) === value);
      if (found === undefined) throw unexpected(`one of ${allowed.join(', ')}`, value);
      return found;
    },
    takes: (from, to) => (from === to ? undefined : leaving[from]),
  };
}

/** A blank or a quote would end it in a mail; a path would lead nowhere from there. */
const LINK = /^https?:\/\/[^\s"'<>[\]{}|\\^`]+$/i;

/** @param otherwise in words, what is linked to without it */
export function link(otherwise: string, meaning: string): Knob<string | undefined> {
  return {
    meaning,
    allowed: 'a web address',
    default: otherwise,
    example: 'https://wiki.example.com/runbooks',
    schema: { type: 'string', pattern: LINK.source },
    parse(value) {
      if (value === undefined) return undefined;
      if (typeof value === 'string' && LINK.test(value.trim())) return value.trim();
      throw unexpected('a web address, without blanks', value);
    },
  };
}

/** By default there is none. */
export function emails(meaning: string): Knob<string[]> {
  return {
    meaning,
    allowed: 'e-mail addresses, separated by commas',
    default: 'nobody',
    example: 'you@example.com',
    schema: { type: 'array', items: { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+$' }, default: [] },
    parse(value) {
      if (value === undefined || value === '') return [];
      const list = typeof value === 'string' ? listIn(value) : value;
      if (Array.isArray(list) && list.every(isEmailAddress)) return [...new Set(list)];
      throw unexpected('e-mail addresses, separated by commas', value);
    },
    takes: (from, to) =>
      from.every((address) => to.includes(address))
        ? undefined
        : 'no more mails there, and a new confirmation if it comes back',
  };
}

/** `a,b`, or `["a","b"]` as in cdk.json, which may also arrive as text from a shell. */
function listIn(text: string): unknown {
  if (!text.trimStart().startsWith('[')) return text.split(',').map((item) => item.trim());
  return jsonIn(text);
}
