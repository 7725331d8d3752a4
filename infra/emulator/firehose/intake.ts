/** Records → rows and error entries of a buffer: de-aggregation, partition keys, conversion, in AWS' order. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import type { DeliveryBuffer } from './buffer.ts';
import {
  type Failure,
  metadataFailure,
  PARTITION_LIMIT_FAILURE,
  parseFailure,
  type SourceRecord,
  schemaFailure,
} from './error-entry.ts';
import { countLines, MAX_LINES_PER_RECORD, splitRecord } from './lines.ts';
import { createRowConverter, type RowConverter } from './openx.ts';
import { jqInput, type PartitionKeyReader, type PartitionKeys } from './partition-keys.ts';
import { createPlainLineScanner, type PlainLineScanner, type Run } from './plain-lines.ts';

/** A line that has to be parsed on its own. */
interface Line {
  record: SourceRecord;
  bytes: Uint8Array;
  /** Which line of the record, from 0. */
  number: number;
}

interface ParsedLine extends Line {
  text: string;
  document: unknown;
}

/** After this much, which takes some milliseconds, the event loop runs other work. */
const LINES_PER_TICK = 500;
const BYTES_PER_TICK = 512 * 1024;
const NEWLINE = Buffer.from('\n');
const NO_KEYS: PartitionKeys = { values: [] };
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface IntakeOptions {
  table: CatalogTable;
  delimiter: Uint8Array | undefined;
  /** Undefined when the prefix does not depend on the data. */
  keyReader: PartitionKeyReader | undefined;
  clock: Pick<Clock, 'now'>;
}

export class Intake {
  readonly #delimiter: Uint8Array | undefined;
  readonly #keyReader: PartitionKeyReader | undefined;
  readonly #convert: RowConverter;
  readonly #scanPlain: PlainLineScanner | undefined;
  readonly #clock: Pick<Clock, 'now'>;

  /** @throws SetupError for a column type that is not supported */
  constructor({ table, delimiter, keyReader, clock }: IntakeOptions) {
    this.#delimiter = delimiter;
    this.#keyReader = keyReader;
    this.#convert = createRowConverter(table);
    this.#scanPlain = createPlainLineScanner(table, delimiter, keyReader);
    this.#clock = clock;
  }

  /** Takes the records into the buffer. `makeRoom` is awaited when the buffer is full. */
  async take(
    buffer: DeliveryBuffer,
    records: Iterable<SourceRecord>,
    makeRoom: () => Promise<void>,
  ): Promise<void> {
    let odd: Line[] = [];
    let bytes = 0;
    for (const record of records) {
      buffer.records += 1;
      buffer.bytes += record.data.length;
      buffer.oldestMs = Math.min(buffer.oldestMs, record.arrivalMs);
      bytes += record.data.length;
      for (const piece of this.#piecesOf(buffer, record)) {
        if (!('keys' in piece)) {
          odd.push(piece);
          continue;
        }
        // Rows keep the order in which they arrived.
        if (odd.length > 0) await this.#takeLines(buffer, odd);
        odd = this.#takeRun(buffer, record, piece);
      }
      if (odd.length < LINES_PER_TICK && bytes < BYTES_PER_TICK) continue;
      await this.#takeLines(buffer, odd);
      odd = [];
      bytes = 0;
      if (buffer.isFull) await makeRoom();
      await setImmediate();
    }
    await this.#takeLines(buffer, odd);
    if (buffer.isFull) await makeRoom();
  }

  /** Runs of plain lines, and lines to be parsed, in their order. */
  #piecesOf(buffer: DeliveryBuffer, record: SourceRecord): (Run | Line)[] {
    const scan = this.#scanPlain?.(record.data);
    if (scan && scan.lines <= MAX_LINES_PER_RECORD) {
      const odd = scan.odd.map(([start, end, number]) => lineOf(record, start, end, number));
      if (odd.length === 0) return scan.runs;
      const number = (piece: Run | Line) => ('keys' in piece ? piece.firstLine : piece.number);
      return [...scan.runs, ...odd].sort((a, b) => number(a) - number(b));
    }
    const lines = countLines(record.data, this.#delimiter);
    if (lines > MAX_LINES_PER_RECORD) {
      // AWS then passes the record on unsplit, and several documents in one are not JSON.
      const problem = `More than ${MAX_LINES_PER_RECORD} lines in one record`;
      this.#fail(buffer, lineOf(record, 0, record.data.length, 0), this.#notJson(problem), lines);
      return [];
    }
    return splitRecord(record.data, this.#delimiter).map(([start, end], number) =>
      lineOf(record, start, end, number),
    );
  }

  /** Returns the lines for which there was no partition left. */
  #takeRun(buffer: DeliveryBuffer, record: SourceRecord, run: Run): Line[] {
    const ndjson = record.data.subarray(run.start, run.end);
    const partition = buffer.partition(run.keys);
    if (!partition) {
      return splitRecord(ndjson, NEWLINE).map(([start, end], i) =>
        lineOf(record, run.start + start, run.start + end, run.firstLine + i),
      );
    }
    buffer.addRows(partition, ndjson, run.lines, record.arrivalMs);
    if (ndjson.at(-1) !== NEWLINE[0]) buffer.addRows(partition, NEWLINE, 0, record.arrivalMs);
    return [];
  }

  async #takeLines(buffer: DeliveryBuffer, lines: readonly Line[]): Promise<void> {
    const parsed: ParsedLine[] = [];
    for (const line of lines) {
      try {
        const text = STRICT_UTF8.decode(line.bytes);
        parsed.push({ ...line, text, document: JSON.parse(text) });
      } catch (error) {
        // Not the error's own text, which quotes parts of the line.
        this.#fail(buffer, line, this.#notJson(error instanceof SyntaxError ? 'Not JSON' : 'Not UTF-8'));
      }
    }
    const keys = await this.#keysOf(parsed);
    parsed.forEach((line, i) => {
      const failure = this.#addRow(buffer, line, keys[i] ?? NO_KEYS);
      if (failure) this.#fail(buffer, line, failure);
    });
  }

  /** Returns the failure of a line that does not become a row. */
  #addRow(buffer: DeliveryBuffer, line: ParsedLine, keys: PartitionKeys): Failure | undefined {
    if ('problem' in keys) return metadataFailure(keys.problem);
    const result = this.#convert(line.document);
    if ('problem' in result) return schemaFailure(result.problem);
    const partition = buffer.partition(keys.values);
    if (!partition) return PARTITION_LIMIT_FAILURE;
    buffer.addRows(partition, Buffer.from(`${result.row}\n`), 1, line.record.arrivalMs);
    return undefined;
  }

  async #keysOf(lines: readonly ParsedLine[]): Promise<PartitionKeys[]> {
    const reader = this.#keyReader;
    if (!reader) return lines.map(() => NO_KEYS);
    return reader.read(lines.map(({ text, document }) => jqInput(text, document, reader.fields)));
  }

  /** Where there is a partition query, it is the first to parse the line. */
  #notJson(detail: string): Failure {
    return this.#keyReader ? metadataFailure(`Non JSON record provided. ${detail}`) : parseFailure(detail);
  }

  #fail(buffer: DeliveryBuffer, { record, bytes, number }: Line, failure: Failure, lines = 1): void {
    const entry = {
      failure,
      record,
      rawData: bytes,
      subSequenceNumber: number + (record.number ?? 0),
      attemptEndingMs: this.#clock.now(),
    };
    buffer.addError(entry, lines);
  }
}

const lineOf = (record: SourceRecord, start: number, end: number, number: number): Line => ({
  record,
  bytes: record.data.subarray(start, end),
  number,
});
