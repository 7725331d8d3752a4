/** Rows by partition and error entries by type that wait for delivery, spilled to files. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Passed } from '../kinesis/reader/passed.ts';
import { ACTIVE_PARTITIONS, type ErrorEntry, type Failure, formatErrorEntry } from './error-entry.ts';
import type { SchemaReference } from './properties.ts';

/** Lines that will become one object: of one partition, or of one type of error. */
export interface LineFile {
  readonly path: string;
  lines: number;
  /** Arrival of its oldest record, in ms since the epoch. */
  arrivalMs: number;
}

interface Pending extends LineFile {
  chunks: Uint8Array[];
  writtenBytes: number;
}

export interface Partition extends LineFile {
  readonly keys: readonly string[];
}

/**
 * A buffer never takes more memory than about twice this, whatever the buffering hint says: what is being written, and
 * what arrives meanwhile.
 */
const SPILL_BYTES = 4 * 1024 * 1024;
const MAX_CHUNKS_PER_WRITE = 512;

export class DeliveryBuffer {
  readonly folder: string;
  /** Bytes of the records as they arrived, which the size hint counts. */
  bytes = 0;
  records = 0;
  /** Lines that the error entries stand for: more than the entries where a whole record failed. */
  errorLines = 0;
  /** Lines that a transformation dropped on purpose. */
  droppedLines = 0;
  /** Arrival of its oldest record, in ms since the epoch. */
  oldestMs = Number.POSITIVE_INFINITY;
  /** Last record taken per shard. */
  readonly lastTaken = new Map<string, string>();
  /** What these come to. */
  readonly passed = new Map<string, Passed>();
  readonly #partitions = new Map<string, Pending & Partition>();
  readonly #errors = new Map<Failure['errorType'], Pending>();
  readonly #schema: SchemaReference;
  /** In memory, and not being written. */
  #waitingBytes = 0;
  #spilling: Promise<void> = Promise.resolve();

  constructor(folder: string, schema: SchemaReference) {
    this.folder = folder;
    this.#schema = schema;
  }

  get partitions(): Partition[] {
    return [...this.#partitions.values()];
  }

  get errors(): [type: Failure['errorType'], file: LineFile][] {
    return [...this.#errors];
  }

  get isEmpty(): boolean {
    return this.records === 0;
  }

  /** The partition with these keys; undefined when it would be one too many. */
  partition(keys: readonly string[]): Partition | undefined {
    const id = keys.join('\0');
    const known = this.#partitions.get(id);
    if (known || this.#partitions.size >= ACTIVE_PARTITIONS) return known;
    const partition = { keys, ...emptyFile(join(this.folder, `rows-${this.#partitions.size}`)) };
    this.#partitions.set(id, partition);
    return partition;
  }

  /** Rows as NDJSON, each line with its newline. */
  addRows(partition: Partition, ndjson: Uint8Array, lines: number, arrivalMs: number): void {
    this.#add(partition as Pending & Partition, ndjson, lines, arrivalMs);
  }

  /** @param lines lines that the entry stands for */
  addError(entry: ErrorEntry, lines: number): void {
    const { errorType } = entry.failure;
    let file = this.#errors.get(errorType);
    if (!file) {
      file = emptyFile(join(this.folder, `errors-${errorType}`));
      this.#errors.set(errorType, file);
    }
    this.errorLines += lines;
    this.#add(file, Buffer.from(formatErrorEntry(entry, this.#schema)), 1, entry.record.arrivalMs);
  }

  /** When true, `spill` should be called. */
  get isFull(): boolean {
    return this.#waitingBytes >= SPILL_BYTES;
  }

  /** Writes what is in memory now to the files; more may arrive meanwhile. Can be called again after a failure. */
  spill(): Promise<void> {
    this.#spilling = this.#spilling.catch(() => undefined).then(() => this.#write());
    return this.#spilling;
  }

  async #write(): Promise<void> {
    const taken = this.#takeChunks();
    if (taken.length === 0) return;
    try {
      await mkdir(this.folder, { recursive: true });
      for (let next = taken[0]; next; next = taken[0]) {
        await append(next.file, next.chunks);
        next.file.writtenBytes += next.bytes;
        taken.shift();
      }
    } catch (error) {
      // Counted again: a disk that stays full must not let more and more into memory.
      for (const { file, chunks, bytes } of taken) {
        file.chunks = [...chunks, ...file.chunks];
        this.#waitingBytes += bytes;
      }
      throw error;
    }
  }

  #takeChunks(): { file: Pending; chunks: Uint8Array[]; bytes: number }[] {
    const files = [...this.#partitions.values(), ...this.#errors.values()];
    this.#waitingBytes = 0;
    return files
      .filter((file) => file.chunks.length > 0)
      .map((file) => {
        const { chunks } = file;
        file.chunks = [];
        return { file, chunks, bytes: sizeOf(chunks) };
      });
  }

  #add(file: Pending, chunk: Uint8Array, lines: number, arrivalMs: number): void {
    file.chunks.push(chunk);
    file.lines += lines;
    file.arrivalMs = Math.min(file.arrivalMs, arrivalMs);
    this.#waitingBytes += chunk.length;
  }
}

async function append(file: Pending, chunks: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file.path, 'a');
  try {
    const { size } = await handle.stat();
    if (size < file.writtenBytes)
      throw new Error(`Expected ${file.writtenBytes} bytes in ${file.path}, found ${size}: start again`);
    // An earlier attempt may have written part of this.
    await handle.truncate(file.writtenBytes);
    await writeChunks(handle, chunks);
  } finally {
    await handle.close();
  }
}

/** Writes without joining the chunks first. The system takes no more than 1024 at a time. */
async function writeChunks(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  for (let start = 0; start < chunks.length; start += MAX_CHUNKS_PER_WRITE) {
    const some = chunks.slice(start, start + MAX_CHUNKS_PER_WRITE);
    const { bytesWritten } = await handle.writev(some);
    const expected = sizeOf(some);
    if (bytesWritten !== expected)
      throw new Error(`Expected to write ${expected} bytes, wrote ${bytesWritten}`);
  }
}

const sizeOf = (chunks: readonly Uint8Array[]) => chunks.reduce((sum, { length }) => sum + length, 0);

const emptyFile = (path: string): Pending => ({
  path,
  lines: 0,
  arrivalMs: Number.POSITIVE_INFINITY,
  chunks: [],
  writtenBytes: 0,
});
