/** How many lines become one record, and its bytes. */
import { DEFAULT_RECORD_BYTES, MAX_READINGS_PER_RECORD } from '../../contract/reading.ts';
import type { Position } from './chunk.ts';
import type { Reader, StoredLine } from './reader.ts';
import { STAMP_BYTES, stamped } from './stamp.ts';

/** A Kinesis record. */
export interface SpoolRecord {
  data: Buffer;
  lines: number;
}

/** Above this, in bytes, the gateway is catching up: larger records, which need fewer round trips. */
export const CATCH_UP_BYTES = 64 * 1024;
/** Fits the 128 KB of an AWS IoT message, with its topic. */
const CATCH_UP_RECORD_BYTES = 110 * 1024;

/** Whether what waits from `next` on fills a record. */
export const fillsRecord = (next: Position, end: Position): boolean =>
  end.byte - next.byte >= DEFAULT_RECORD_BYTES || end.line - next.line >= MAX_READINGS_PER_RECORD;

/** The lines of the next record. */
export function linesOfRecord(reader: Reader, next: Position, end: Position): Promise<StoredLine[]> {
  const most = end.byte - next.byte > CATCH_UP_BYTES ? CATCH_UP_RECORD_BYTES : DEFAULT_RECORD_BYTES;
  return reader.read(
    next,
    end,
    (lines, bytes) => lines <= MAX_READINGS_PER_RECORD && bytes + lines * STAMP_BYTES <= most,
  );
}

export const recordOf = (lines: readonly StoredLine[], hour: string): SpoolRecord => ({
  data: Buffer.from(lines.map(({ text }) => stamped(text, hour)).join('\n')),
  lines: lines.length,
});
