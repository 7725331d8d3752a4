/**
 * Result files: a CSV under the workgroup's output location, as Athena leaves one, and its pages. The file is the
 * result: GetQueryResults reads it back, so a large result never sits in memory. NULL is an empty field, empty text
 * is `""`; every value is quoted. What SHOW, DESCRIBE and EXPLAIN leave is plain text: tabs between values, no header.
 */
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { refuse } from '../sql/refusal.ts';

export interface ColumnInfo {
  name: string;
  /** Athena's type name. */
  type: string;
  precision: number;
  scale: number;
}

export type Row = (string | null)[];

/** After how many rows, and how many bytes, the position in the file is remembered. */
const STRIDE = 1000;
const STRIDE_BYTES = 1 << 20;
const FLUSH_CHARACTERS = 1 << 20;
/** More than that in one row, and Athena gives no promise. */
const MAX_ROW_BYTES = 32 * 1024 * 1024;

export interface ResultFile {
  path: string;
  columns: ColumnInfo[];
  /** Rows of data. */
  rows: number;
  /** Where some of the rows begin, in order; the first one among them. */
  marks: { row: number; offset: number }[];
}

/** Writes a result under a temporary name; it appears when it is whole. */
export class ResultWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  #pending = '';
  #bytes = 0;
  readonly #maxBytes: number;
  readonly #line: (row: Row) => string;
  readonly #result: ResultFile;

  private constructor(path: string, file: FileHandle, columns: ColumnInfo[], maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#path = path;
    this.#file = file;
    this.#line = isPlainText(path) ? textLine : csvLine;
    this.#result = { path, columns, rows: 0, marks: [] };
  }

  static async create(
    path: string,
    columns: ColumnInfo[],
    maxBytes = Number.POSITIVE_INFINITY,
  ): Promise<ResultWriter> {
    await mkdir(dirname(path), { recursive: true });
    const writer = new ResultWriter(path, await open(`${path}.partial`, 'w'), columns, maxBytes);
    if (!isPlainText(path)) writer.#append(csvLine(columns.map(({ name }) => name)));
    return writer;
  }

  async write(rows: Row[]): Promise<void> {
    for (const row of rows) {
      this.#mark();
      this.#result.rows++;
      this.#append(this.#line(row));
    }
    if (this.#pending.length > FLUSH_CHARACTERS) await this.#flush();
  }

  #mark(): void {
    const { rows, marks } = this.#result;
    const last = marks.at(-1);
    if (last && rows - last.row < STRIDE && this.#bytes - last.offset < STRIDE_BYTES) return;
    marks.push({ row: rows, offset: this.#bytes });
  }

  async finish(): Promise<ResultFile> {
    await this.#flush();
    await this.#file.close();
    await rename(`${this.#path}.partial`, this.#path);
    return this.#result;
  }

  async abandon(): Promise<void> {
    await this.#file.close();
  }

  #append(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (bytes > MAX_ROW_BYTES) throw refuse('a row of more than 32 MB, the practical limit of Athena');
    this.#pending += line;
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) {
      throw refuse(`a result of more than ${(this.#maxBytes / 1e6).toFixed(0)} MB`);
    }
  }

  async #flush(): Promise<void> {
    await this.#file.write(this.#pending);
    this.#pending = '';
  }
}

/** By the ending that Athena gives such a file. */
export const isPlainText = (path: string): boolean => path.endsWith('.txt');

const textLine = (row: Row): string =>
  `${row.map((value) => (value ?? '').replace(/[\t\n]/g, ' ')).join('\t')}\n`;

// A line feed inside a value would end the line for every reader that is not a CSV parser: ours parses.
const csvLine = (row: Row): string =>
  `${row.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(',')}\n`;
