/** Keeps records that were put directly on disk, from before the caller gets its answer until they are in objects. */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EntryFile, readEntries, removeEntries } from '../state/entry-file.ts';
import { makeFolder, sync } from '../state/sync.ts';

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
/** Or its index, where the segment itself is gone. */
const SEGMENT = /^segment-(\d+)(?:\.index)?$/;

/**
 * Loads the spool in `folder`; `left` are the records that an earlier process did not deliver, `lost` is the number of
 * those that it accepted and that are damaged now.
 * @param released segments up to this one were delivered by the earlier process
 */
export async function loadSpool(
  folder: string,
  released: number,
): Promise<{ spool: Spool; left: SpooledRecord[]; lost: number }> {
  await makeFolder(folder);
  const names = await readdir(folder);
  const numbers = [...new Set(names.flatMap((name) => SEGMENT.exec(name)?.[1] ?? []).map(Number))];
  numbers.sort((a, b) => a - b);
  const path = (segment: number) => join(folder, `segment-${segment}`);
  const left: SpooledRecord[] = [];
  let lost = 0;
  for (const segment of numbers) {
    if (segment <= released) {
      removeEntries(path(segment));
      continue;
    }
    const found = readEntries(path(segment), splitSegment);
    left.push(...found.entries.map(parse));
    lost += found.lost;
  }
  let current = Math.max(released, ...numbers) + 1;
  let file = new EntryFile(path(current));
  /** Whether the file's name is on the disk, too. */
  let isNamed = false;
  const existing = new Set(numbers.filter((segment) => segment > released));

  const spool: Spool = {
    async append(records) {
      existing.add(current);
      file.append(records.map(serialize));
      await toDisk(file.path);
      if (!isNamed) await sync(folder);
      isNamed = true;
    },
    rotate() {
      current += 1;
      isNamed = false;
      file = new EntryFile(path(current));
      return current - 1;
    },
    async release(upTo) {
      for (const segment of [...existing].filter((number) => number <= upTo)) {
        removeEntries(path(segment));
        existing.delete(segment);
      }
    },
  };
  return { spool, left, lost };
}

async function toDisk(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

function serialize({ data, arrivalMs }: SpooledRecord): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(data.length, 0);
  header.writeDoubleLE(arrivalMs, 4);
  return Buffer.concat([header, data]);
}

const parse = (entry: Buffer): SpooledRecord => ({
  data: entry.subarray(HEADER_BYTES),
  arrivalMs: entry.readDoubleLE(4),
});

/** Leaves out a record that a crash has truncated: its caller was never told that it is safe. */
function splitSegment(bytes: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const end = at + HEADER_BYTES + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    entries.push(bytes.subarray(at, end));
    at = end;
  }
  return entries;
}
