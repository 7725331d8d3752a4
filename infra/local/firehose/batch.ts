/** What has been checked and waits for delivery: rows by partition and error entries by type, spilled to files. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ACTIVE_PARTITIONS, type ErrorEntry, type Failure, formatErrorEntry } from './error-entry.ts';
import type { SchemaReference } from './properties.ts';

/** Lines that will become one object: of one partition, or of one type of error. */
export interface LineFile {
  readonly path: string;
  /** Lines in it: rows, or error entries. */
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
 * In memory, the buffer of a batch is never larger than about twice this, whatever the buffering hint says: what is
 * being written, and what comes meanwhile.
 */
const SPILL_BYTES = 4 * 1024 * 1024;
const MAX_CHUNKS_PER_WRITE = 512;

export class Batch {
  readonly folder: string;
  /** Bytes of the records taken, as they came: what the size hint is about. */
  bytes = 0;
  records = 0;
  /** Lines that the error entries stand for: more than the entries where a whole record failed. */
  errorLines = 0;
  /** Last record taken per shard. */
  readonly lastTaken = new Map<string, string>();
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

  /** Time to `spill`? */
  get isFull(): boolean {
    return this.#waitingBytes >= SPILL_BYTES;
  }

  /** Writes to the files what is in memory now; more may come meanwhile. After a failure it can be called again. */
  spill(): Promise<void> {
    this.#spilling = this.#spilling.catch(() => undefined).then(() => this.#write());
    return this.#spilling;
  }

  async #write(): Promise<void> {
    const files = [...this.#partitions.values(), ...this.#errors.values()];
    const waiting = files.filter(({ chunks }) => chunks.length > 0);
    if (waiting.length === 0) return;
    await mkdir(this.folder, { recursive: true });
    this.#waitingBytes = 0;
    for (const file of waiting) {
      const chunks = file.chunks;
      file.chunks = [];
      try {
        file.writtenBytes += await append(file, chunks);
      } catch (error) {
        file.chunks = [...chunks, ...file.chunks];
        throw error;
      }
    }
  }

  #add(file: Pending, chunk: Uint8Array, lines: number, arrivalMs: number): void {
    file.chunks.push(chunk);
    file.lines += lines;
    file.arrivalMs = Math.min(file.arrivalMs, arrivalMs);
    this.#waitingBytes += chunk.length;
  }
}

/** Gives the bytes written. */
async function append(file: Pending, chunks: readonly Uint8Array[]): Promise<number> {
  const handle = await open(file.path, 'a');
  try {
    // An earlier attempt may have come half way.
    await handle.truncate(file.writtenBytes);
    return await writeChunks(handle, chunks);
  } finally {
    await handle.close();
  }
}

/** Without joining them first. The system takes no more than 1024 at a time. */
async function writeChunks(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<number> {
  let written = 0;
  for (let start = 0; start < chunks.length; start += MAX_CHUNKS_PER_WRITE) {
    const some = chunks.slice(start, start + MAX_CHUNKS_PER_WRITE);
    const { bytesWritten } = await handle.writev(some);
    const expected = some.reduce((sum, chunk) => sum + chunk.length, 0);
    if (bytesWritten !== expected)
      throw new Error(`Expected to write ${expected} bytes, wrote ${bytesWritten}`);
    written += bytesWritten;
  }
  return written;
}

const emptyFile = (path: string): Pending => ({
  path,
  lines: 0,
  arrivalMs: Number.POSITIVE_INFINITY,
  chunks: [],
  writtenBytes: 0,
});
