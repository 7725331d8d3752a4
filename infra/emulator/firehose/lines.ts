/** De-aggregation: the lines of a record. */

/** AWS takes a record apart into at most this many. */
export const MAX_LINES_PER_RECORD = 500;

/**
 * Start and end of each line, in bytes. A delimiter at the end closes the last line and opens no further one; what
 * stands between two delimiters is a line, even if it is empty. A record without a byte is one empty line.
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
