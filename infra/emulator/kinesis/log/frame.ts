/**
 * A record in a segment: a header of a fixed size, partition key, data. The header has a checksum of its own, so that its
 * lengths can be trusted where the data behind it is damaged.
 */
import { crc32 } from 'node:zlib';
import { type Counts, countLines } from './counts.ts';

export interface NewRecord {
  partitionKey: string;
  data: Uint8Array;
}

export interface LogRecord extends NewRecord {
  /** Place in the shard: rises by one, and leaves out what could not be written. */
  index: number;
  /** When the stream took it, in ms since the epoch. */
  arrivalMs: number;
}

/** What the header says. */
export interface Header {
  index: number;
  arrivalMs: number;
  lines: number;
  keyBytes: number;
  dataBytes: number;
  /** Of key and data. */
  checksum: number;
}

export const HEADER_BYTES = 34;
const MAGIC = 0x4b52;
const CHECKED_BYTES = HEADER_BYTES - 4;
export const MAGIC_BYTES = Buffer.of(MAGIC >> 8, MAGIC & 0xff);

export const frameBytes = ({ keyBytes, dataBytes }: Pick<Header, 'keyBytes' | 'dataBytes'>): number =>
  HEADER_BYTES + keyBytes + dataBytes;

/** Data of fewer bytes is copied behind its header: many small writes cost more than that. */
const COPIED_BYTES = 4096;

/** @returns the frame, in pieces that follow each other, and what is in it */
export function encodeFrame(record: LogRecord): { pieces: Uint8Array[]; counts: Counts } {
  const { data } = record;
  const key = Buffer.from(record.partitionKey);
  const isCopied = data.length < COPIED_BYTES;
  const keyEnd = HEADER_BYTES + key.length;
  const lines = countLines(data);
  const head = Buffer.allocUnsafe(isCopied ? keyEnd + data.length : keyEnd);
  head.set(key, HEADER_BYTES);
  if (isCopied) head.set(data, keyEnd);
  head.writeUInt16BE(MAGIC, 0);
  head.writeUInt16BE(key.length, 2);
  head.writeUInt32BE(data.length, 4);
  head.writeUIntBE(record.index, 8, 6);
  head.writeUIntBE(record.arrivalMs, 14, 6);
  head.writeUIntBE(lines, 20, 6);
  head.writeUInt32BE(crc32(data, crc32(key)), 26);
  head.writeUInt32BE(crc32(head.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return { pieces: isCopied ? [head] : [head, data], counts: { records: 1, lines } };
}

/** Undefined where no header is, or a damaged one. */
export function headerAt(bytes: Buffer, at: number): Header | undefined {
  if (bytes.length < at + HEADER_BYTES || bytes.readUInt16BE(at) !== MAGIC) return undefined;
  if (crc32(bytes.subarray(at, at + CHECKED_BYTES)) !== bytes.readUInt32BE(at + CHECKED_BYTES))
    return undefined;
  return {
    keyBytes: bytes.readUInt16BE(at + 2),
    dataBytes: bytes.readUInt32BE(at + 4),
    index: bytes.readUIntBE(at + 8, 6),
    arrivalMs: bytes.readUIntBE(at + 14, 6),
    lines: bytes.readUIntBE(at + 20, 6),
    checksum: bytes.readUInt32BE(at + 26),
  };
}

/** Undefined where key or data are damaged. @param at of the header, behind which the whole frame is in `bytes` */
export function recordAt(bytes: Buffer, at: number, header: Header): LogRecord | undefined {
  const keyStart = at + HEADER_BYTES;
  const dataStart = keyStart + header.keyBytes;
  const end = dataStart + header.dataBytes;
  if (crc32(bytes.subarray(keyStart, end)) !== header.checksum) return undefined;
  return {
    index: header.index,
    arrivalMs: header.arrivalMs,
    partitionKey: bytes.toString('utf8', keyStart, dataStart),
    data: bytes.subarray(dataStart, end),
  };
}
