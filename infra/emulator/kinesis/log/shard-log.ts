/** The records of one shard on the disk: segments, the newest of which takes more. */
import { type FileHandle, open, readdir, rm, truncate } from 'node:fs/promises';
import { createInTurn } from '../../base/in-turn.ts';
import { makeFolder } from '../../state/sync.ts';
import { DurableFile, sizeOf } from './durable-file.ts';
import { frameBytes, type Header, type LogRecord, recordAt } from './frame.ts';
import { Marks } from './marks.ts';
import { scan } from './scan.ts';
import { firstIndexOf, HEAD_BYTES, Segment } from './segment.ts';

export interface NewFrame {
  /** Of the frame, in their order. */
  pieces: readonly Uint8Array[];
  index: number;
  arrivalMs: number;
}

export interface StoredRecord {
  record: LogRecord;
  lines: number;
}

/** Where to begin: at an index, and with nothing that arrived before a time. */
export interface From {
  index: number;
  sinceMs: number;
}

/** A segment takes no more records above this size, or so long after its first one. */
const SEGMENT_BYTES = 32 * 1024 * 1024;
const SEGMENT_MS = 3_600_000;
/** Segments whose marks are kept besides the newest one's. */
const REMEMBERED = 4;

export class ShardLog {
  readonly #folder: string;
  readonly #segments: Segment[] = [];
  /** Sealed segments whose marks are in memory, the one used last at the end. */
  readonly #remembered: Segment[] = [];
  /** Of the newest segment. */
  #file: DurableFile | undefined;
  /** A write that failed may have left something behind the end that counts. */
  #isTorn = false;
  /** Arrival of the first record of the newest segment. */
  #startedMs: number | undefined;
  #youngestMs = 0;
  #next = 0;
  /** What writes or deletes files, one after the other. */
  readonly #inTurn = createInTurn();
  /** Bytes that were no whole records when the newest segment was opened. Those at its end are cut off. */
  damagedBytes = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<ShardLog> {
    const log = new ShardLog(folder);
    await makeFolder(folder);
    const firsts = (await readdir(folder)).flatMap((name) => firstIndexOf(name) ?? []);
    for (const first of firsts.toSorted((a, b) => a - b)) {
      log.#segments.push(await Segment.read(folder, first, log.#segments.at(-1)?.floorMs ?? 0));
    }
    await log.#recover();
    return log;
  }

  /** Index of the record that will be readable next. */
  get next(): number {
    return this.#next;
  }

  /** Leaves out indexes that records had which are lost: none may come twice. */
  skipTo(index: number): void {
    this.#next = Math.max(this.#next, index);
  }

  /** On the disk when it resolves, all or none. @throws Error of the file system */
  append(frames: readonly NewFrame[]): Promise<void> {
    return this.#inTurn(() => this.#append(frames));
  }

  async #append(frames: readonly NewFrame[]): Promise<void> {
    const [head] = frames;
    if (!head) return;
    const { segment, file } = await this.#writable(head);
    this.#isTorn = true;
    await file.write(
      frames.flatMap(({ pieces }) => pieces),
      segment.size,
    );
    this.#isTorn = false;
    for (const { pieces, index, arrivalMs } of frames) {
      this.#pass(segment, { index, arrivalMs }, segment.size);
      segment.size += sizeOf(pieces);
    }
  }

  /** Records in their order; damaged ones are left out. Ends with what was there when it began. */
  async *records({ index, sinceMs }: From): AsyncGenerator<StoredRecord> {
    // Sizes grow meanwhile: what comes is for the next call.
    const ends = this.#segments.map((segment) => ({ segment, end: segment.size }));
    const isBefore = (segment: Segment) => segment.first <= index || segment.floorMs < sinceMs;
    const start = Math.max(
      0,
      ends.findLastIndex(({ segment }) => isBefore(segment)),
    );
    for (const { segment, end } of ends.slice(start)) {
      const file = await openIfThere(segment.path);
      if (!file) continue;
      try {
        const offset = await this.#offset(segment, file, { index, sinceMs });
        for await (const { header, bytes, at } of scan(file, offset, end)) {
          if (header.index < index || header.arrivalMs < sinceMs) continue;
          const record = recordAt(bytes, at, header);
          if (record) yield { record, lines: header.lines };
        }
      } finally {
        await file.close();
      }
    }
  }

  /** Deletes segments all of whose records arrived before that time. */
  trim(oldestMs: number): Promise<void> {
    return this.#inTurn(() => this.#trim(oldestMs));
  }

  async #trim(oldestMs: number): Promise<void> {
    if (this.#startedMs !== undefined && this.#youngestMs < oldestMs) await this.#roll(this.#next);
    for (;;) {
      const [oldest, after] = this.#segments;
      if (!oldest || !after || after.floorMs >= oldestMs) return;
      this.#segments.shift();
      await rm(oldest.path, { force: true });
    }
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#file?.close();
      this.#file = undefined;
    });
  }

  /** Finds the end of the newest segment, and cuts off what is no whole record there. */
  async #recover(): Promise<void> {
    const segment = this.#segments.at(-1);
    if (!segment) return;
    segment.marks = new Marks();
    this.#youngestMs = segment.floorMs;
    this.#next = segment.first;
    const { size } = segment;
    segment.size = HEAD_BYTES;
    let whole = 0;
    const file = await open(segment.path, 'r');
    try {
      for await (const { header, offset, bytes, at } of scan(file, HEAD_BYTES, size)) {
        if (!recordAt(bytes, at, header)) continue;
        this.#pass(segment, header, offset);
        whole += frameBytes(header);
        segment.size = offset + frameBytes(header);
      }
    } finally {
      await file.close();
    }
    this.damagedBytes = Math.max(0, size - HEAD_BYTES - whole);
    if (size > segment.size) await truncate(segment.path, segment.size);
  }

  #pass(segment: Segment, { index, arrivalMs }: Pick<Header, 'index' | 'arrivalMs'>, offset: number): void {
    segment.marks?.pass({ index, offset, youngestMs: this.#youngestMs });
    this.#startedMs ??= arrivalMs;
    this.#youngestMs = Math.max(this.#youngestMs, arrivalMs);
    this.#next = index + 1;
  }

  async #writable({ index, arrivalMs }: NewFrame): Promise<{ segment: Segment; file: DurableFile }> {
    const newest = this.#segments.at(-1);
    const isFull =
      newest && (newest.size >= SEGMENT_BYTES || arrivalMs - (this.#startedMs ?? arrivalMs) > SEGMENT_MS);
    if (!newest || isFull) await this.#roll(index);
    const segment = this.#segments.at(-1);
    if (!segment) throw new Error(`${this.#folder} has no segment to write to`);
    this.#file ??= await DurableFile.open(segment.path);
    if (this.#isTorn) await this.#file.truncate(segment.size);
    this.#isTorn = false;
    return { segment, file: this.#file };
  }

  /** Begins a new segment. */
  async #roll(first: number): Promise<void> {
    const newest = this.#segments.at(-1);
    if (newest && this.#isTorn) await truncate(newest.path, newest.size);
    this.#isTorn = false;
    const { segment, file } = await Segment.create(this.#folder, first, this.#youngestMs);
    await this.#file?.close();
    this.#file = file;
    this.#startedMs = undefined;
    this.#segments.push(segment);
    if (newest) this.#remember(newest);
  }

  async #offset(segment: Segment, file: FileHandle, { index, sinceMs }: From): Promise<number> {
    const marks = await segment.marksFrom(file);
    if (segment !== this.#segments.at(-1)) this.#remember(segment);
    const places = [marks.byIndex(index), marks.byTime(sinceMs)];
    return Math.max(...places.map((mark) => mark?.offset ?? HEAD_BYTES));
  }

  #remember(segment: Segment): void {
    const at = this.#remembered.indexOf(segment);
    if (at >= 0) this.#remembered.splice(at, 1);
    this.#remembered.push(segment);
    const forgotten = this.#remembered.length > REMEMBERED ? this.#remembered.shift() : undefined;
    if (forgotten) forgotten.marks = undefined;
  }
}

/** Undefined for a file that was deleted because it grew too old. */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
