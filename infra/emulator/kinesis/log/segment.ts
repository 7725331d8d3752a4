/**
 * A file with consecutive records of a shard. Its name is the index of its first record; it begins with the youngest
 * arrival before it, so that the age of the segment before is known without reading that.
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { sync } from '../../state/sync.ts';
import { DurableFile } from './durable-file.ts';
import { Marks } from './marks.ts';
import { scan } from './scan.ts';

const HEAD = Buffer.from('KSTREAM1');
/** Behind the eight letters, a time (6 bytes), and a checksum of both. */
export const HEAD_BYTES = HEAD.length + 6 + 4;
const NAME = /^(\d{16})\.log$/;

/** @returns the index of the first record; undefined for any other file */
export function firstIndexOf(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export class Segment {
  readonly path: string;
  readonly first: number;
  /** The youngest arrival of all records of the shard before this segment, in ms since the epoch. */
  readonly floorMs: number;
  /** Bytes that count; behind them may be the rest of a write that failed. */
  size: number;
  /** Undefined for a segment that takes no more records and was not read lately. */
  marks: Marks | undefined;

  constructor(folder: string, first: number, floorMs: number, size: number) {
    this.path = join(folder, `${String(first).padStart(16, '0')}.log`);
    this.first = first;
    this.floorMs = floorMs;
    this.size = size;
  }

  /** Makes its file, durably. */
  static async create(folder: string, first: number, floorMs: number) {
    const segment = new Segment(folder, first, floorMs, HEAD_BYTES);
    segment.marks = new Marks();
    const file = await DurableFile.create(segment.path);
    try {
      await file.write([headOf(floorMs)], 0);
      // A new file is there after a power cut only when its folder was synchronized too.
      await sync(dirname(segment.path));
    } catch (error) {
      await file.close();
      await rm(segment.path, { force: true });
      throw error;
    }
    return { segment, file };
  }

  /** Of a file that is there. @param floorMs in place of a damaged one */
  static async read(folder: string, first: number, floorMs: number): Promise<Segment> {
    const { path } = new Segment(folder, first, floorMs, 0);
    const file = await open(path, 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      await file.read(head, 0, HEAD_BYTES, 0);
      const { size } = await file.stat();
      return new Segment(folder, first, floorIn(head) ?? floorMs, size);
    } finally {
      await file.close();
    }
  }

  /** The marks, made again where they were forgotten. */
  async marksFrom(file: FileHandle): Promise<Marks> {
    if (this.marks) return this.marks;
    const marks = new Marks();
    let youngestMs = this.floorMs;
    for await (const { header, offset } of scan(file, HEAD_BYTES, this.size)) {
      marks.pass({ index: header.index, offset, youngestMs });
      youngestMs = Math.max(youngestMs, header.arrivalMs);
    }
    this.marks = marks;
    return marks;
  }
}

function headOf(floorMs: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  HEAD.copy(head);
  head.writeUIntBE(floorMs, HEAD.length, 6);
  head.writeUInt32BE(crc32(head.subarray(0, HEAD_BYTES - 4)), HEAD_BYTES - 4);
  return head;
}

function floorIn(head: Buffer): number | undefined {
  const isWhole = crc32(head.subarray(0, HEAD_BYTES - 4)) === head.readUInt32BE(HEAD_BYTES - 4);
  return isWhole && head.subarray(0, HEAD.length).equals(HEAD) ? head.readUIntBE(HEAD.length, 6) : undefined;
}
