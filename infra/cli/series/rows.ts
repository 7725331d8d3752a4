/** Reads rows of CSV text, with the line in which each begins. */
import { once } from 'node:events';
import { CsvError, type Options, parse } from 'csv-parse';
import { parse as parseAll } from 'csv-parse/sync';

/** Largest row in bytes, because a quote that is never closed must not swallow the file. */
const MAX_ROW_BYTES = 1024 * 1024;
/** The header is searched in this many rows. */
const HEAD_ROWS = 50;

/** The parser's code for a row that does not end. */
const ENDLESS = ['CSV_QUOTE_NOT_CLOSED', 'CSV_MAX_RECORD_SIZE'];

const DIALECT: Options = {
  // Rows with another number of cells are refused one by one.
  relax_column_count: true,
  // A quote inside an unquoted cell is an ordinary character.
  relax_quotes: true,
  // Joined files may have several.
  record_delimiter: ['\r\n', '\n', '\r'],
  max_record_size: MAX_ROW_BYTES,
};

/**
 * @param onRow gets every row, blank lines included, and the number of its first line, from 1
 * @returns why the text cannot be read to its end; undefined if it can
 */
export async function readRows(
  chunks: AsyncIterable<string>,
  delimiter: string,
  onRow: (cells: string[], line: number) => void,
): Promise<string | undefined> {
  let line = 1;
  const take = (cells: string[]) => {
    onRow(cells, line);
    line += 1 + lineBreaks(cells);
  };
  const parser = parse({ ...DIALECT, delimiter });
  let failure: unknown;
  parser.on('error', (error) => {
    failure = error;
  });
  try {
    // `read` takes the rows of a chunk at once; iterating over them would cost a promise for each.
    for await (const chunk of chunks) {
      parser.write(chunk);
      for (let cells = parser.read(); cells !== null; cells = parser.read()) take(cells);
      if (parser.writableNeedDrain) await once(parser, 'drain');
      if (failure !== undefined) break;
    }
    parser.end();
    for await (const cells of parser) take(cells);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    failure ??= error;
  }
  if (failure === undefined) return undefined;
  if (failure instanceof CsvError && ENDLESS.includes(failure.code)) {
    return `Expected every quote to be closed, got one in line ${line} that is not`;
  }
  throw failure;
}

/** The first rows of a text, as far as they can be read. */
export function firstRows(head: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  const collect = (cells: string[]) => {
    rows.push(cells);
    return cells;
  };
  try {
    parseAll(head, { ...DIALECT, delimiter, to: HEAD_ROWS, on_record: collect });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  return rows;
}

function lineBreaks(cells: readonly string[]): number {
  let breaks = 0;
  for (const cell of cells) {
    if (cell.includes('\n') || cell.includes('\r')) breaks += cell.match(/\r\n|\n|\r/g)?.length ?? 0;
  }
  return breaks;
}

/** The cells inside a cell of several lines that was perhaps quoted by mistake. */
export function cellsWithin(cell: string, delimiter: string): string[] {
  const isSeveral = cell.includes(delimiter) && (cell.includes('\n') || cell.includes('\r'));
  return isSeveral ? cell.split(/[\r\n]+/).flatMap((line) => line.split(delimiter)) : [];
}

export const isBlank = (cells: readonly string[]): boolean => cells.length === 1 && cells[0]?.trim() === '';
