/** The kinds of knobs. `-c` gives strings and cdk.json gives JSON, so both are accepted. */
import { isEmailAddress } from '../../../services/contract/email-address.ts';
import { UserError } from '../../cli/user-error.ts';

export interface Knob<T> {
  meaning: string;
  /** The accepted values and the default, for people. */
  allowed: string;
  default: string;
  /** A value to show in an error message. */
  example: string;
  /** @throws UserError for a value that is not allowed; `undefined` yields the default */
  parse(value: unknown): T;
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
    parse(value) {
      if (value === undefined) return range.default;
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      const isZero = orZero === true && number === 0;
      if (!isZero && (!Number.isInteger(number) || (number as number) < min || (number as number) > max)) {
        throw unexpected(`a whole number of ${unit} from ${min} to ${max}${orZero ? ', or 0' : ''}`, value);
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

/** An address or a path has a slash, or is the name of a file; a blank or a quote would end it in a mail. */
const LINK = /^(?=\S*\/|[\w.-]+\.[a-z]\w*$)[^\s"'<>[\]{}|\\^`]+$/i;

export function link(fallback: string, meaning: string): Knob<string> {
  return {
    meaning,
    allowed: 'a web address, or a path',
    default: fallback,
    example: fallback,
    parse(value) {
      if (value === undefined) return fallback;
      if (typeof value === 'string' && LINK.test(value.trim())) return value.trim();
      throw unexpected('a web address or a path, without blanks', value);
    },
  };
}

/** The default is no address. */
export function emails(meaning: string): Knob<string[]> {
  return {
    meaning,
    allowed: 'e-mail addresses, separated by commas',
    default: 'nobody',
    example: 'you@example.com',
    parse(value) {
      if (value === undefined || value === '') return [];
      const list = typeof value === 'string' ? listIn(value) : value;
      if (Array.isArray(list) && list.every(isEmailAddress)) return [...new Set(list)];
      throw unexpected('e-mail addresses, separated by commas', value);
    },
  };
}

/** `a,b`, or `["a","b"]` as in cdk.json, which may also arrive as text from a shell. */
function listIn(text: string): unknown {
  if (!text.trimStart().startsWith('[')) return text.split(',').map((item) => item.trim());
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
