/**
 * A file to which entries are appended, and beside it an index with the place, length and checksum of each. So a file that
 * was cut short or changed is noticed, wherever that happened, and the entries that are whole are still found. A file
 * without an index, of an earlier version, is taken as it is.
 */
import { appendFileSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { writeFileAtomicSync } from './atomic-file.ts';
import { OWNER_ONLY } from './modes.ts';

/** Start (12 hexadecimal digits), length, checksum, and a checksum of these three (8 each); blanks and a newline. */
const ROW = /^([0-9a-f]{12}) ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})$/;
const ROW_BYTES = 40;

interface Row {
  start: number;
  length: number;
  checksum: number;
}

interface Entries {
  /** In their order; those that the index does not know come as `split` found them. */
  entries: Buffer[];
  /** Entries that were accepted and are not there any more. */
  lost: number;
}

/** @param split finds the entries in bytes that the index knows nothing of; it leaves out what is incomplete */
export function readEntries(file: string, split: (bytes: Buffer) => Buffer[]): Entries {
  const bytes = readIfThere(file);
  const entries: Buffer[] = [];
  let lost = 0;
  let at = 0;
  for (const { start, length, checksum } of rowsOf(readIfThere(indexOf(file)))) {
    if (start > at) entries.push(...split(bytes.subarray(at, start)));
    const entry = bytes.subarray(start, start + length);
    if (entry.length === length && crc32(entry) === checksum) entries.push(entry);
    else lost += 1;
    at = start + length;
  }
  entries.push(...split(bytes.subarray(at)));
  return { entries, lost };
}

/** Deletes the entries. */
export function removeEntries(file: string): void {
  // In this order: an index without its file would look like a loss.
  rmSync(indexOf(file), { force: true });
  rmSync(file, { force: true });
}

/** Appends to a file that is empty, or that {@link replace} has just written. */
export class EntryFile {
  readonly path: string;
  #bytes = 0;
  #rows = 0;
  /** A write that failed may have left a part of it behind. */
  #torn = false;

  constructor(path: string) {
    this.path = path;
  }

  /** In the file when it returns, all or none. @throws Error of the file system */
  append(entries: readonly Uint8Array[]): void {
    if (this.#torn) this.#cutBack();
    const rows = rowsFor(entries, this.#bytes);
    this.#torn = true;
    try {
      appendFileSync(this.path, Buffer.concat(entries), { mode: OWNER_ONLY.file });
      appendFileSync(indexOf(this.path), rows, { mode: OWNER_ONLY.file });
      this.#torn = false;
    } catch (error) {
      try {
        this.#cutBack();
      } catch {
        // Tried again before the next append.
      }
      throw error;
    }
    this.#count(entries);
  }

  /** Atomic. @throws Error of the file system; the file may be without its index then */
  replace(entries: readonly Uint8Array[]): void {
    rmSync(indexOf(this.path), { force: true });
    writeFileAtomicSync(this.path, Buffer.concat(entries));
    this.#bytes = 0;
    this.#rows = 0;
    this.#count(entries);
    writeFileAtomicSync(indexOf(this.path), rowsFor(entries, 0));
    this.#torn = false;
  }

  #count(entries: readonly Uint8Array[]): void {
    this.#bytes += entries.reduce((sum, { length }) => sum + length, 0);
    this.#rows += entries.length;
  }

  #cutBack(): void {
    cut(this.path, this.#bytes);
    cut(indexOf(this.path), this.#rows * ROW_BYTES);
    this.#torn = false;
  }
}

const indexOf = (file: string) => `${file}.index`;

function rowsFor(entries: readonly Uint8Array[], at: number): string {
  let start = at;
  return entries
    .map((entry) => {
      const fields = `${hex(start, 12)} ${hex(entry.length)} ${hex(crc32(entry))}`;
      start += entry.length;
      return `${fields} ${hex(crc32(fields))}\n`;
    })
    .join('');
}

/** Without those that are damaged: their entries are found like those of a file without an index. */
function rowsOf(index: Buffer): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < index.length; at += ROW_BYTES) {
    const [, start, length, checksum, own] = ROW.exec(index.toString('latin1', at, at + ROW_BYTES - 1)) ?? [];
    if (own === undefined || crc32(`${start} ${length} ${checksum}`) !== Number(`0x${own}`)) continue;
    rows.push({
      start: Number(`0x${start}`),
      length: Number(`0x${length}`),
      checksum: Number(`0x${checksum}`),
    });
  }
  return rows;
}

const hex = (value: number, digits = 8) => value.toString(16).padStart(digits, '0');

function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return Buffer.alloc(0);
  }
}

function cut(file: string, bytes: number): void {
  try {
    truncateSync(file, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Lines, each with its newline; without the last one where it is incomplete. */
export function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, at + 1));
    start = at + 1;
  }
  return lines;
}
