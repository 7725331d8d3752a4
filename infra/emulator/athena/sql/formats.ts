/** Format strings: MySQL's (date_format, date_parse), Joda's (format_datetime, parse_datetime), Java's (format). */
import { refuse } from './refusal.ts';

// Trino's documentation of date_format; %D %U %u %V %w %X are "not supported" there too.
const MYSQL: Record<string, string> = {
  a: '%a',
  b: '%b',
  c: '%-m',
  d: '%d',
  e: '%-d',
  f: '%f',
  H: '%H',
  h: '%I',
  I: '%I',
  i: '%M',
  j: '%j',
  k: '%-H',
  l: '%-I',
  M: '%B',
  m: '%m',
  p: '%p',
  r: '%I:%M:%S %p',
  S: '%S',
  s: '%S',
  T: '%H:%M:%S',
  v: '%V',
  W: '%A',
  Y: '%Y',
  y: '%y',
  '%': '%%',
};

/** strftime's form of a format of `date_format`. */
export function fromMysqlFormat(format: string): string {
  return format.replace(/%(.?)/gs, (_, letter: string) => {
    const mapped = MYSQL[letter];
    if (mapped === undefined) throw refuse(`date_format and date_parse with %${letter}`);
    return mapped;
  });
}

const JODA: Record<string, string> = {
  yyyy: '%Y',
  yy: '%y',
  MM: '%m',
  M: '%-m',
  MMM: '%b',
  MMMM: '%B',
  dd: '%d',
  d: '%-d',
  HH: '%H',
  H: '%-H',
  hh: '%I',
  h: '%-I',
  mm: '%M',
  m: '%-M',
  ss: '%S',
  s: '%-S',
  SSS: '%g',
  a: '%p',
  E: '%a',
  EEE: '%a',
  EEEE: '%A',
  e: '%u',
  DDD: '%j',
};

/** strftime's form of a Joda pattern. */
export function fromJodaPattern(pattern: string): string {
  return pattern.replace(/'((?:[^']|'')*)'|([A-Za-z])\2*|%/g, (piece, quoted: string | undefined) => {
    if (piece === '%') return '%%';
    if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'").replaceAll('%', '%%');
    const mapped = JODA[piece];
    if (mapped === undefined) throw refuse(`format_datetime and parse_datetime with "${piece}"`);
    return mapped;
  });
}

export type FormatPiece =
  | { kind: 'text'; text: string }
  | { kind: 's' | 'd' | 'f'; flags: string; width: number; precision: number | undefined };

/** The pieces of a Java format string. Only %s, %d, %f, %n and %% with the flags `-`, `0` and `,`. */
export function parseJavaFormat(format: string): FormatPiece[] {
  const pieces: FormatPiece[] = [];
  let rest = 0;
  for (const match of format.matchAll(/%(?:([-0,]*)(\d+)?(?:\.(\d+))?([A-Za-z%])|)/g)) {
    const [whole, flags = '', width, precision, conversion = ''] = match;
    if (match.index > rest) pieces.push({ kind: 'text', text: format.slice(rest, match.index) });
    rest = match.index + whole.length;
    if (conversion === '%' || conversion === 'n') {
      pieces.push({ kind: 'text', text: conversion === 'n' ? '\n' : '%' });
    } else if (conversion === 's' || conversion === 'd' || conversion === 'f') {
      if ((conversion === 's' && /[0,]/.test(flags)) || (precision !== undefined && conversion !== 'f')) {
        throw refuse(`format with ${whole}`);
      }
      pieces.push({
        kind: conversion,
        flags,
        width: Number(width ?? 0),
        precision: precision === undefined ? undefined : Number(precision),
      });
    } else {
      throw refuse(`format with ${whole}: only %s, %d, %f and %% are known`);
    }
  }
  if (rest < format.length) pieces.push({ kind: 'text', text: format.slice(rest) });
  return pieces;
}

/** RE2's form of a Java replacement: `$1` → `\1`. */
export function fromJavaReplacement(replacement: string): string {
  return replacement.replace(
    /\\(.)|\$(\d)|\$|\\/g,
    (piece, escaped: string | undefined, group: string | undefined) => {
      if (group !== undefined) return `\\${group}`;
      if (escaped !== undefined) return escaped === '\\' ? '\\\\' : escaped;
      throw refuse(`regexp_replace with the replacement ${JSON.stringify(piece)} in "${replacement}"`);
    },
  );
}
