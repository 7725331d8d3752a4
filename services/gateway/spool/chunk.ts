/** The spool's entries: lines that were stored together, under the number of their first line. */

/** A place in the spool. Both count from the first line that the spool ever took. */
export interface Position {
  line: number;
  byte: number;
}

export interface Chunk {
  at: Position;
  /** When it was stored, ms since the epoch. */
  storedMs: number;
  lines: string[];
}

const HEADER_BYTES = 16;
const KEY_PREFIX = 'c';
const KEY_DIGITS = 16;

/** All keys of chunks are from the first to below the second. */
export const CHUNKS = { gte: KEY_PREFIX, lt: String.fromCharCode(KEY_PREFIX.charCodeAt(0) + 1) } as const;

/** Sorts as the numbers do. */
export const chunkKey = (line: number): string => KEY_PREFIX + String(line).padStart(KEY_DIGITS, '0');
export const lineOfKey = (key: string): number => Number(key.slice(KEY_PREFIX.length));

/** Bytes of a line in the spool: its text and a line break. */
export const sizeOf = (line: string): number => Buffer.byteLength(line) + 1;

export function encodeChunk(byte: number, storedMs: number, lines: readonly string[]): Buffer {
  const text = lines.join('\n');
  const value = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(text));
  value.writeDoubleBE(byte, 0);
  value.writeDoubleBE(storedMs, 8);
  value.write(text, HEADER_BYTES);
  return value;
}

export function decodeChunk(key: string, value: Buffer): Chunk {
  return {
    at: { line: lineOfKey(key), byte: value.readDoubleBE(0) },
    storedMs: value.readDoubleBE(8),
    lines: value.toString('utf8', HEADER_BYTES).split('\n'),
  };
}

/** Where the chunk ends, and the next one begins. */
export function endOf({ at, lines }: Chunk): Position {
  return {
    line: at.line + lines.length,
    byte: lines.reduce((sum, line) => sum + sizeOf(line), at.byte),
  };
}
