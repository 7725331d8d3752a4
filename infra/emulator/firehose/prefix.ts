/**
 * Prefixes of object keys, with their expressions such as `!{timestamp:yyyy/MM/dd}`.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 */
import { randomInt } from 'node:crypto';
import { SetupError } from '../base/setup-error.ts';

export const PARTITION_KEY_PATTERN = '!{partitionKeyFromQuery:…}';

export interface PrefixValues {
  /** When the oldest record of the object arrived, in ms since the epoch. */
  arrivalMs: number;
  /** In the order of `PrefixTemplate.keys`. */
  partitionKeys?: readonly string[];
  errorType?: string;
}

export interface PrefixTemplate {
  readonly keys: readonly string[];
  evaluate(values: PrefixValues): string;
}

/** Objects are files here; S3 itself allows 1024 bytes for a key. */
const MAX_PREFIX_BYTES = 800;
const MAX_FOLDER_BYTES = 200;

/** Why an evaluated prefix cannot be a folder on this machine; undefined when it can. */
export function folderProblem(prefix: string): string | undefined {
  const folders = prefix.split('/');
  const unfit = folders.some((name) => name === '.' || name === '..' || name.includes('\0'));
  const tooLong = folders.some((name) => Buffer.byteLength(name) > MAX_FOLDER_BYTES);
  if (!unfit && !tooLong && Buffer.byteLength(prefix) <= MAX_PREFIX_BYTES) return undefined;
  return `The partition keys give a prefix that ${unfit ? 'is not a folder' : 'is too long'}`;
}

type Part = (values: PrefixValues) => string;

const EXPRESSION = /!\{(\w+):([^}]*)\}/g;
/** AWS uses it in place of a missing prefix, and appends it to one without an expression. */
const DEFAULT_SUFFIX = 'yyyy/MM/dd/HH/';
const RANDOM_LENGTH = 11;
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** @throws SetupError for an expression that is not known here */
export function parsePrefix(template: string): PrefixTemplate {
  const parts: Part[] = [];
  const keys: string[] = [];
  let end = 0;
  for (const match of template.matchAll(EXPRESSION)) {
    const [expression, namespace = '', value = ''] = match;
    const literal = template.slice(end, match.index);
    if (namespace === 'partitionKeyFromQuery' && !keys.includes(value)) keys.push(value);
    parts.push(() => literal, expressionPart(namespace, value, keys, expression, template));
    end = match.index + expression.length;
  }
  const rest = template.slice(end);
  if (rest.includes('!{')) throw unknown(rest, template);
  parts.push(() => rest);
  if (end === 0) parts.push(timestampPart(DEFAULT_SUFFIX, template));
  return { keys, evaluate: (values) => parts.map((part) => part(values)).join('') };
}

function expressionPart(
  namespace: string,
  value: string,
  keys: readonly string[],
  expression: string,
  template: string,
): Part {
  switch (`${namespace}:${value}`) {
    case 'firehose:error-output-type':
      return ({ errorType = '' }) => errorType;
    case 'firehose:random-string':
      return randomString;
  }
  if (namespace === 'timestamp') return timestampPart(value, template);
  if (namespace === 'partitionKeyFromQuery') {
    const index = keys.indexOf(value);
    return ({ partitionKeys = [] }) => partitionKeys[index] ?? '';
  }
  throw unknown(expression, template);
}

/** The part of Java's DateTimeFormatter that prefixes need: whole numeric fields, UTC, and quoted text. */
const TIME_FIELDS: Record<string, (date: Date) => number> = {
  yyyy: (date) => date.getUTCFullYear(),
  MM: (date) => date.getUTCMonth() + 1,
  dd: (date) => date.getUTCDate(),
  HH: (date) => date.getUTCHours(),
  mm: (date) => date.getUTCMinutes(),
  ss: (date) => date.getUTCSeconds(),
};

function timestampPart(pattern: string, template: string): Part {
  const parts = (pattern.match(/([A-Za-z])\1*|'[^']*'|[^A-Za-z']+|'/g) ?? []).map((token) => {
    const field = TIME_FIELDS[token];
    if (field) return (date: Date) => String(field(date)).padStart(token.length, '0');
    if (/^[A-Za-z]|^'$/.test(token)) throw unknown(`!{timestamp:${pattern}}`, template);
    const text = token === "''" ? "'" : token.replaceAll("'", '');
    return () => text;
  });
  return ({ arrivalMs }) => {
    const date = new Date(arrivalMs);
    return parts.map((part) => part(date)).join('');
  };
}

const randomString = () =>
  Array.from({ length: RANDOM_LENGTH }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join('');

const unknown = (expression: string, template: string) =>
  new SetupError(
    `Expected timestamp (fields ${Object.keys(TIME_FIELDS).join(' ')}), firehose or partitionKeyFromQuery ` +
      `in the prefix "${template}", got ${expression}.`,
  );

/** `yyyy-MM-dd-HH-mm-ss`, UTC: the time in an object's name. */
export const formatObjectTime = (epochMs: number): string =>
  new Date(epochMs).toISOString().slice(0, 19).replace(/[T:]/g, '-');
