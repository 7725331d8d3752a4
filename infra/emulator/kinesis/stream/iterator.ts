/** Shard iterators: a place in a shard and when it was given out, in a text that means nothing to its holder. */
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { parseJson } from '../../base/parse-json.ts';

export interface Iterator {
  stream: string;
  /** An iterator does not outlive its stream. */
  streamCreatedMs: number;
  shardIx: number;
  /** Of the record that is read next. */
  index: number;
  issuedMs: number;
}

const fields = z.tuple([z.string(), z.number(), z.number(), z.number(), z.number()]);

export const formatIterator = ({ stream, streamCreatedMs, shardIx, index, issuedMs }: Iterator): string =>
  seal([stream, streamCreatedMs, shardIx, index, issuedMs]);

/** Undefined for anything else. */
export function parseIterator(text: string): Iterator | undefined {
  const opened = fields.safeParse(unseal(text));
  if (!opened.success) return undefined;
  const [stream, streamCreatedMs, shardIx, index, issuedMs] = opened.data;
  return { stream, streamCreatedMs, shardIx, index, issuedMs };
}

/** As base64, with a checksum. */
export function seal(content: unknown): string {
  const text = Buffer.from(JSON.stringify(content));
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(text));
  return Buffer.concat([checksum, text]).toString('base64');
}

/** Undefined for a text that was not sealed. */
export function unseal(sealed: string): unknown {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < 4 || bytes.toString('base64') !== sealed) return undefined;
  const text = bytes.subarray(4);
  return crc32(text) === bytes.readUInt32BE(0) ? parseJson(text.toString(), z.unknown()) : undefined;
}
