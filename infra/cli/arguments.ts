/** Parsers for the values of options and arguments. Their errors name what was expected and what came. */
import { InvalidArgumentError } from 'commander';
import { MAX_BY, MAX_COMMENT } from '../../services/contract/by-hand.ts';
import { parseDuration } from '../../services/contract/duration.ts';
import { ENVIRONMENT_PATTERN } from '../../services/contract/stack.ts';
import { UserError } from './user-error.ts';

export const expected = (what: string, got: string) =>
  new InvalidArgumentError(`Expected ${what}, got "${got}".`);

/** `--time-column` for the option that is `timeColumn` in code. */
export const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A whole number from `min` to `max`. */
export const wholeNumber =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw expected(`a whole number from ${min} to ${max}`, text);
  };

export const port = wholeNumber(0, 65_535);

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw expected('a number above 0', text);
}

/** A share from 0 to `max`. */
export const shareUpTo =
  (max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= 0 && value <= max) return value;
    throw expected(`a share from 0 to ${max}, such as 0.02 for 2 %`, text);
  };

export const share = shareUpTo(1);

/** A duration such as `1d`, in ms. */
export const duration = explained(parseDuration);

/** A duration above zero, in ms. */
export function positiveDuration(text: string): number {
  const ms = duration(text);
  if (ms > 0) return ms;
  throw expected('a duration above 0', text);
}

export function oneOf<T extends string>(list: readonly T[], text: string, what: string): T {
  const found = list.find((item) => item === text);
  if (found !== undefined) return found;
  throw expected(`${what} (${list.join(', ')})`, text);
}

/** What a person writes for others to read. */
const textUpTo = (most: number) => (text: string) => {
  if (text.length <= most) return text;
  throw new InvalidArgumentError(`Expected at most ${most} characters, got ${text.length}.`);
};

export const comment = textUpTo(MAX_COMMENT);
export const author = textUpTo(MAX_BY);

/** Values of an option that may be repeated. */
export const gathered = (value: string, others: string[] = []): string[] => [...others, value];

/** The first word of a command line. @throws UserError, a misuse */
export function actionOf<T extends string>(actions: readonly T[], text: string | undefined): T {
  const found = actions.find((known) => known === text);
  if (found !== undefined) return found;
  const got = text === undefined ? 'nothing' : `"${text}"`;
  throw UserError.misuse(`Expected one of ${actions.join(', ')}, got ${got}`);
}

/** Name of an environment, such as `prod`. */
export function environment(text: string): string {
  if (ENVIRONMENT_PATTERN.test(text)) return text;
  throw expected('up to 20 lower-case letters, digits and hyphens, such as prod', text);
}

/** `name=value`. */
export function setting(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value, such as shards=2.');
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The same for an option that may be repeated with other names. */
export function addSetting(text: string, others: Record<string, string> = {}): Record<string, string> {
  const [name, value] = setting(text);
  if (!Object.hasOwn(others, name)) return { ...others, [name]: value };
  throw new InvalidArgumentError(`Expected ${name} once, got ${others[name]} and ${value}.`);
}

/** A parser for commander, which prints the message of what the parser throws. */
export function explained<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`);
    }
  };
}
