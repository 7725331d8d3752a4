/** De-aggregation: the lines of a record. */

/** AWS splits a record into at most this many lines. */
export const MAX_LINES_PER_RECORD = 500;

/**
 * Start and end of each line, in bytes. A delimiter at the end closes the last line and begins no other; anything
 * between two delimiters is a line, even an empty one. An empty record is one empty line.
 */
export function splitRecord(data: Uint8Array, delimiter: Uint8Array | undefined): [number, number][] {
  if (!delimiter || data.length === 0) return [[0, data.length]];
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  const lines: [number, number][] = [];
  for (let start = 0; start < data.length; ) {
    const found = bytes.indexOf(delimiter, start);
    const end = found < 0 ? data.length : found;
    lines.push([start, end]);
    start = end + delimiter.length;
  }
  return lines;
}

/** As many as {@link splitRecord} gives, without a list of what may be a million of them. */
export function countLines(data: Uint8Array, delimiter: Uint8Array | undefined): number {
  if (!delimiter || data.length === 0) return 1;
  const [first] = delimiter;
  const rest = delimiter.subarray(1);
  let lines = 0;
  let start = 0;
  for (let at = 0; at < data.length; at += 1) {
    if (data[at] !== first || !rest.every((byte, i) => data[at + 1 + i] === byte)) continue;
    lines += 1;
    at += rest.length;
    start = at + 1;
  }
  return start < data.length ? lines + 1 : lines;
}
