/**
 * The usual line, recognized by one regular expression instead of being parsed: every column once, in the order of
 * the table, no space, no escape, numbers in plain notation. Such a line is JSON, has the right types and no key
 * twice, so it can go to the Parquet writer as it came. Any other line is parsed and converted one by one; the two
 * ways give the same row, and a property test holds them together.
 */
import { isUtf8 } from 'node:buffer';
import type { CatalogTable } from '../catalog.ts';
import { cacheKey, type PartitionKeyReader, type PartitionKeys } from './partition-keys.ts';

/** Neighbouring plain lines of a record that belong to one partition. */
export interface Run {
  /** Bytes of the record, the last newline included where there is one. */
  start: number;
  end: number;
  /** Number of the first line in its record, from 0. */
  firstLine: number;
  lines: number;
  keys: readonly string[];
}

export interface Scan {
  lines: number;
  runs: Run[];
  /** Lines that are not plain, or whose partition keys are no good: start, end, number of the line. */
  odd: [start: number, end: number, line: number][];
  /** Values whose partition keys are not known yet. If there are any, learn them and scan again. */
  unknown: Set<string>;
}

export type PlainLineScanner = (record: Uint8Array) => Scan | undefined;

const NEWLINE = 10;
const NO_KEYS: PartitionKeys = { values: [] };

/** Undefined when lines of this table, or what decides on their partition, have no plain form. */
export function createPlainLineScanner(
  table: CatalogTable,
  delimiter: Uint8Array | undefined,
  keyReader: PartitionKeyReader | undefined,
): PlainLineScanner | undefined {
  if (delimiter?.length !== 1 || delimiter[0] !== NEWLINE) return undefined;
  const fields = keyReader ? keyReader.fields : [];
  const pattern = fields && plainLinePattern(table, fields);
  if (!pattern) return undefined;
  // The groups stand in the order of the columns.
  const groups = (fields ?? []).map(
    (field) =>
      1 + table.columns.filter(({ name }) => fields?.includes(name)).findIndex(({ name }) => name === field),
  );

  function keysOf(match: RegExpExecArray, unknown: Set<string>): PartitionKeys | undefined {
    if (!keyReader) return NO_KEYS;
    const key = groups.length === 1 ? (match[1] ?? '') : cacheKey(groups.map((group) => match[group] ?? ''));
    const keys = keyReader.known(key);
    if (!keys) unknown.add(key);
    return keys;
  }

  return (record) => {
    if (record.length === 0 || !isUtf8(record)) return undefined;
    const text = Buffer.from(record.buffer, record.byteOffset, record.length).toString('latin1');
    const scan: Scan = { lines: 0, runs: [], odd: [], unknown: new Set() };
    let run: Run | undefined;
    for (let start = 0; start < text.length; scan.lines += 1) {
      pattern.lastIndex = start;
      const match = pattern.exec(text);
      const keys = match ? keysOf(match, scan.unknown) : undefined;
      let end: number;
      if (keys && 'values' in keys) {
        end = pattern.lastIndex;
        if (run?.keys === keys.values) {
          run.end = end;
          run.lines += 1;
        } else {
          run = { start, end, firstLine: scan.lines, lines: 1, keys: keys.values };
          scan.runs.push(run);
        }
      } else {
        const newline = text.indexOf('\n', start);
        const lineEnd = newline < 0 ? text.length : newline;
        scan.odd.push([start, lineEnd, scan.lines]);
        run = undefined;
        end = lineEnd + 1;
      }
      start = end;
    }
    return scan;
  };
}

/** Characters of a latin1 view of UTF-8 text: bytes from 0x80 on belong to longer characters, which are fine. */
const TEXT = String.raw`[^"\\\x00-\x1f]*`;
/** In a captured value they would have to be decoded. */
const ASCII_TEXT = String.raw`[^"\\\x00-\x1f\x80-\xff]*`;

const PATTERNS: Record<string, string> = {
  string: `"${TEXT}"`,
  // Few enough digits to be exact, and in range, without looking further.
  int: '-?(?:0|[1-9][0-9]{0,8})',
  bigint: '-?(?:0|[1-9][0-9]{0,14})',
  double: String.raw`-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,20})?`,
  boolean: '(?:true|false)',
};

/** Matches one plain line and its newline (or the end of the text) with a group for each captured column. */
function plainLinePattern(table: CatalogTable, captured: readonly string[]): RegExp | undefined {
  const columns = new Map(table.columns.map(({ name, type }) => [name, type]));
  if ([...columns.keys()].some((name) => !/^[a-z0-9_]+$/.test(name))) return undefined;
  if (captured.some((name) => columns.get(name) !== 'string')) return undefined;
  const members: string[] = [];
  for (const [name, type] of columns) {
    const pattern = captured.includes(name) ? `"(${ASCII_TEXT})"` : PATTERNS[type];
    if (!pattern) return undefined;
    members.push(`"${name}":${pattern}`);
  }
  return new RegExp(`\\{${members.join(',')}\\}(?:\\n|$)`, 'y');
}
