/**
 * Result files: a CSV under the workgroup's output location, as Athena leaves one, and its pages. The file is the
 * result: GetQueryResults reads it back, so a large result never sits in memory. NULL is an empty field, empty text
 * is `""`; every value is quoted.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { AwsError } from '../../wire/aws-error.ts';
import { refuse } from '../sql/refusal.ts';

export interface ColumnInfo {
  name: string;
  /** Athena's type name. */
  type: string;
  precision: number;
  scale: number;
}

export type Row = (string | null)[];

/** Of every how many rows the position in the file is remembered. */
const STRIDE = 1000;
const FLUSH_CHARACTERS = 1 << 20;
/** More than that in one row, and Athena gives no promise. */
const MAX_ROW_BYTES = 32 * 1024 * 1024;

export interface ResultFile {
  path: string;
  columns: ColumnInfo[];
  /** Rows of data. */
  rows: number;
  /** Byte offset of every {@link STRIDE}th row. */
  offsets: number[];
}

/** Writes a result under a temporary name; it appears when it is whole. */
export class ResultWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  #pending = '';
  #bytes = 0;
  readonly #result: ResultFile;

  private constructor(path: string, file: FileHandle, columns: ColumnInfo[]) {
    this.#path = path;
    this.#file = file;
    this.#result = { path, columns, rows: 0, offsets: [] };
  }

  static async create(path: string, columns: ColumnInfo[]): Promise<ResultWriter> {
    await mkdir(dirname(path), { recursive: true });
    const writer = new ResultWriter(path, await open(`${path}.partial`, 'w'), columns);
    writer.#append(csvLine(columns.map(({ name }) => name)));
    return writer;
  }

  async write(rows: Row[]): Promise<void> {
    for (const row of rows) {
      if (this.#result.rows % STRIDE === 0) this.#result.offsets.push(this.#bytes);
      this.#result.rows++;
      this.#append(csvLine(row));
    }
    if (this.#pending.length > FLUSH_CHARACTERS) await this.#flush();
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
  }

  async #flush(): Promise<void> {
    await this.#file.write(this.#pending);
    this.#pending = '';
  }
}

// A line feed inside a value would end the line for every reader that is not a CSV parser: ours parses.
const csvLine = (row: Row): string =>
  `${row.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(',')}\n`;

/** Rows `from` up to `from + count` of a result. */
export async function readRows(result: ResultFile, from: number, count: number): Promise<Row[]> {
  const rows: Row[] = [];
  if (from >= result.rows || count <= 0) return rows;
  const block = Math.floor(from / STRIDE);
  let at = block * STRIDE;
  const stream = createReadStream(result.path, { start: result.offsets[block] ?? 0, encoding: 'utf8' });
  let partial = '';
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: 0 })) {
      partial = partial === '' ? line : `${partial}\n${line}`;
      // An odd number of quotes: the value goes on in the next line.
      if ((partial.match(/"/g)?.length ?? 0) % 2 === 1) continue;
      if (at >= from) rows.push(parseLine(partial));
      partial = '';
      at++;
      if (rows.length === count) break;
    }
  } catch (cause) {
    throw new AwsError('InvalidRequestException', `Could not find results: ${(cause as Error).message}`);
  } finally {
    stream.destroy();
  }
  return rows;
}

function parseLine(line: string): Row {
  const row: Row = [];
  const field = /(?:"((?:[^"]|"")*)")?(?:,|$)/y;
  for (let more = true; more; ) {
    const match = field.exec(line);
    if (!match) throw new Error(`Unreadable result line: ${line.slice(0, 80)}`);
    row.push(match[1]?.replaceAll('""', '"') ?? null);
    // Without a comma, the field was the last.
    more = match[0].endsWith(',');
  }
  return row;
}
