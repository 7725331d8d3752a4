/**
 * Recognizes the usual line by one regular expression instead of parsing it: every column once, in the order of the
 * table, no space, no escape, numbers in plain notation. Such a line is JSON, has the right types and no key twice, so
 * it goes to the Parquet writer as it is. Any other line is parsed and converted. Both ways give the same row, which a
 * property test checks.
 */
import type { CatalogTable } from '../glue/catalog.ts';
import { MAX_LINES_PER_RECORD } from './lines.ts';
import { objectOf, type PartitionKeyReader, type PartitionKeys } from './partition-keys.ts';

/** Plain lines of a record that follow each other and belong to one partition. */
export interface Run {
  /** Offsets in the record; the last newline is included where there is one. */
  start: number;
  end: number;
  /** Number of the first line in its record, from 0. */
  firstLine: number;
  lines: number;
  keys: readonly string[];
}

/** Up to the line with which a record has too many. */
export interface Scan {
  lines: number;
  runs: Run[];
  /** Lines that are not plain, or whose partition keys are unknown or invalid. */
  odd: [start: number, end: number, line: number][];
}

export type PlainLineScanner = (record: Uint8Array) => Scan | undefined;

const NEWLINE = 10;
/** The regular expression uses some stack for each character; with more of them it could run out. */
const MAX_RECORD_BYTES = 2 * 1024 * 1024;
const NO_KEYS: PartitionKeys = { values: [] };

/** Undefined when lines of this table, or the fields that decide their partition, have no plain form. */
export function createPlainLineScanner(
  table: CatalogTable,
  delimiter: Uint8Array | undefined,
  keyReader: PartitionKeyReader | undefined,
): PlainLineScanner | undefined {
  if (delimiter?.length !== 1 || delimiter[0] !== NEWLINE) return undefined;
  const fields = keyReader ? keyReader.fields : [];
  const pattern = fields && plainLinesPattern(table, fields);
  if (!fields || !pattern) return undefined;
  // The pattern's groups are in the order of the columns.
  const captured = table.columns.map(({ name }) => name).filter((name) => fields.includes(name));
  const groups = new Map(captured.map((name, i) => [name, 1 + i]));

  const keysOf = (match: RegExpExecArray): PartitionKeys | undefined =>
    keyReader ? keyReader.known(objectOf(fields, (field) => match[groups.get(field) ?? 0])) : NO_KEYS;

  return (record) => {
    if (record.length === 0 || record.length > MAX_RECORD_BYTES) return undefined;
    const text = Buffer.from(record.buffer, record.byteOffset, record.length).toString('latin1');
    const scan: Scan = { lines: 0, runs: [], odd: [] };
    for (let start = 0; start < text.length && scan.lines <= MAX_LINES_PER_RECORD; ) {
      pattern.lastIndex = start;
      const match = pattern.exec(text);
      const keys = match ? keysOf(match) : undefined;
      const runEnd = pattern.lastIndex;
      if (keys && 'values' in keys) {
        const lines = countLines(text, start, runEnd);
        scan.runs.push({ start, end: runEnd, firstLine: scan.lines, lines, keys: keys.values });
        scan.lines += lines;
        start = runEnd;
      } else {
        const newline = text.indexOf('\n', start);
        const lineEnd = newline < 0 ? text.length : newline;
        scan.odd.push([start, lineEnd, scan.lines]);
        scan.lines += 1;
        start = lineEnd + 1;
      }
    }
    return scan;
  };
}

/** The last line of a record may lack its newline. */
function countLines(text: string, start: number, end: number): number {
  let lines = 0;
  for (let at = start; at < end; lines += 1) {
    const newline = text.indexOf('\n', at);
    at = newline < 0 ? end : newline + 1;
  }
  return lines;
}

/** ASCII, so that a latin1 view of the bytes is their text. No escape. */
const TEXT = String.raw`[ !#-\[\]-\x7f]*`;

const PATTERNS: Record<string, string> = {
  string: `"${TEXT}"`,
  // So few digits are always exact and in range.
  int: '-?(?:0|[1-9][0-9]{0,8})',
  bigint: '-?(?:0|[1-9][0-9]{0,14})',
  double: String.raw`-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,20})?`,
  boolean: '(?:true|false)',
};

/** Matches as many consecutive plain lines as have the same captured values, up to and including the last newline. */
function plainLinesPattern(table: CatalogTable, captured: readonly string[]): RegExp | undefined {
  const columns = new Map(table.columns.map(({ name, type }) => [name, type]));
  if ([...columns.keys()].some((name) => !/^[a-z0-9_]+$/.test(name))) return undefined;
  if (captured.some((name) => columns.get(name) !== 'string')) return undefined;
  let group = 0;
  const first: string[] = [];
  const next: string[] = [];
  for (const [name, type] of columns) {
    const pattern = PATTERNS[type];
    if (!pattern) return undefined;
    const isCaptured = captured.includes(name);
    if (isCaptured) group += 1;
    first.push(`"${name}":${isCaptured ? `("${TEXT}")` : pattern}`);
    next.push(`"${name}":${isCaptured ? `\\${group}` : pattern}`);
  }
  return new RegExp(`\\{${first.join(',')}\\}(?:\\n\\{${next.join(',')}\\})*(?:\\n|$)`, 'y');
}
