/** Reads the frames of a file one after the other, and finds the next one behind damage. */
import type { FileHandle } from 'node:fs/promises';
import { frameBytes, HEADER_BYTES, type Header, headerAt, MAGIC_BYTES } from './frame.ts';

export interface Found {
  header: Header;
  offset: number;
  /** The whole frame, at this place in it. */
  bytes: Buffer;
  at: number;
}

const CHUNK_BYTES = 256 * 1024;

/** Frames whose header is whole; whether their data is as well, `recordAt` says. */
export async function* scan(file: FileHandle, from: number, to: number): AsyncGenerator<Found> {
  let offset = from;
  let chunk = Buffer.alloc(0);
  let start = from;
  const load = async (bytes: number) => {
    const length = Math.max(0, Math.min(to - offset, Math.max(bytes, CHUNK_BYTES)));
    const next = Buffer.allocUnsafe(length);
    const { bytesRead } = await file.read(next, 0, length, offset);
    chunk = next.subarray(0, bytesRead);
    start = offset;
  };
  const has = (bytes: number) => offset - start + bytes <= chunk.length;

  while (offset + HEADER_BYTES <= to) {
    if (!has(HEADER_BYTES)) await load(HEADER_BYTES);
    const header = headerAt(chunk, offset - start);
    if (!header) {
      if (!has(HEADER_BYTES)) return;
      offset = start + nextMagic(chunk, offset - start + 1);
      continue;
    }
    const length = frameBytes(header);
    if (!has(length)) await load(length);
    if (!has(length)) return;
    yield { header, offset, bytes: chunk, at: offset - start };
    offset += length;
  }
}

/** Where the next header may begin: at its first bytes, or at the end, where these may be cut in two. */
function nextMagic(chunk: Buffer, from: number): number {
  const found = chunk.indexOf(MAGIC_BYTES, from);
  return found >= 0 ? found : Math.max(from, chunk.length - 1);
}
