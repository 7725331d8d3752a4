/** Keeps records that were put directly on disk, from before the caller gets its answer until they are in objects. */
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface SpooledRecord {
  data: Uint8Array;
  arrivalMs: number;
}

export interface Spool {
  /** Durable when it resolves. */
  append(records: readonly SpooledRecord[]): Promise<void>;
  /** Begins a new segment for what is appended from now on; returns the number of the one before. */
  rotate(): number;
  /** Deletes the segments up to and including this one, whose records are in objects. */
  release(segment: number): Promise<void>;
}

/** Length of the record (4 bytes), then its arrival in ms since the epoch (a double). */
const HEADER_BYTES = 12;
const SEGMENT = /^segment-(\d+)$/;

/**
 * Loads the spool in `folder`; `left` are the records that an earlier process did not deliver.
 * @param released segments up to this one were delivered by the earlier process
 */
export async function loadSpool(
  folder: string,
  released: number,
): Promise<{ spool: Spool; left: SpooledRecord[] }> {
  await mkdir(folder, { recursive: true });
  const numbers = (await readdir(folder))
    .flatMap((name) => SEGMENT.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const path = (segment: number) => join(folder, `segment-${segment}`);
  const left: SpooledRecord[] = [];
  for (const segment of numbers) {
    if (segment <= released) await rm(path(segment), { force: true });
    else left.push(...parseSegment(await readFile(path(segment))));
  }
  let current = Math.max(released, ...numbers) + 1;
  const existing = new Set(numbers.filter((segment) => segment > released));

  const spool: Spool = {
    async append(records) {
      existing.add(current);
      const file = await open(path(current), 'a');
      try {
        await file.writeFile(Buffer.concat(records.flatMap(serialize)));
        await file.datasync();
      } catch (error) {
        // Nothing may follow a truncated record.
        current += 1;
        throw error;
      } finally {
        await file.close();
      }
    },
    rotate: () => current++,
    async release(upTo) {
      for (const segment of [...existing].filter((number) => number <= upTo)) {
        await rm(path(segment), { force: true });
        existing.delete(segment);
      }
    },
  };
  return { spool, left };
}

function serialize({ data, arrivalMs }: SpooledRecord): Uint8Array[] {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(data.length, 0);
  header.writeDoubleLE(arrivalMs, 4);
  return [header, data];
}

/** Leaves out a record that a crash has truncated: its caller was never told that it is safe. */
function parseSegment(bytes: Buffer): SpooledRecord[] {
  const records: SpooledRecord[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const start = at + HEADER_BYTES;
    const end = start + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    records.push({ data: bytes.subarray(start, end), arrivalMs: bytes.readDoubleLE(at + 4) });
    at = end;
  }
  return records;
}
