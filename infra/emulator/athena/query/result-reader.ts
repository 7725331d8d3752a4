/** Reads a result file back, a page at a time. Its cost is that of the bytes read, whatever the values are. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { AwsError } from '../../wire/aws-error.ts';
import { isPlainText, type ResultFile, type Row } from './results.ts';

/** A page ends beyond this, so that the runtime never holds more of a result than about one row more. */
const PAGE_CHARACTERS = 4 * 1024 * 1024;

/** Rows `from` up to `from + count` of a result; fewer where they are long, but at least one. */
export async function readRows(result: ResultFile, from: number, count: number): Promise<Row[]> {
  if (isPlainText(result.path)) return plainRows(result.path, from, count);
  const rows: Row[] = [];
  if (from >= result.rows || count <= 0) return rows;
  const mark = result.marks.findLast(({ row }) => row <= from);
  let at = mark?.row ?? 0;
  let characters = 0;
  try {
    for await (const line of linesOf(result.path, mark?.offset ?? 0)) {
      if (at++ < from) continue;
      rows.push(parseLine(line));
      characters += line.length;
      if (rows.length === count || characters > PAGE_CHARACTERS) break;
    }
  } catch (cause) {
    throw missing(cause);
  }
  return rows;
}

/** Such a result is as small as the catalog. */
async function plainRows(path: string, from: number, count: number): Promise<Row[]> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw missing(cause);
  });
  const lines = text.split('\n').slice(0, -1);
  return lines.slice(from, from + Math.max(0, count)).map((line) => line.split('\t'));
}

const missing = (cause: unknown) =>
  new AwsError('InvalidRequestException', `Could not find results: ${(cause as Error).message}`);

/** Lines of a CSV; a line feed inside of quotes ends none. */
async function* linesOf(path: string, start: number): AsyncGenerator<string> {
  let parts: string[] = [];
  let quoted = false;
  for await (const chunk of createReadStream(path, { start, encoding: 'utf8' }) as AsyncIterable<string>) {
    let begin = 0;
    let end = chunk.indexOf('\n');
    for (let at = 0; ; ) {
      const quote = chunk.indexOf('"', at);
      while (end >= 0 && end < at) end = chunk.indexOf('\n', at);
      if (!quoted && end >= 0 && (quote < 0 || end < quote)) {
        parts.push(chunk.slice(begin, end));
        yield parts.join('');
        parts = [];
        at = begin = end + 1;
      } else if (quote >= 0) {
        quoted = !quoted;
        at = quote + 1;
      } else {
        break;
      }
    }
    parts.push(chunk.slice(begin));
  }
}

function parseLine(line: string): Row {
  const row: Row = [];
  for (let at = 0; ; at += 1) {
    const end = line[at] === '"' ? closingQuote(line, at) : undefined;
    row.push(end === undefined ? null : line.slice(at + 1, end).replaceAll('""', '"'));
    if (end !== undefined) at = end + 1;
    if (at >= line.length) return row;
    if (line[at] !== ',') throw new Error(`Unreadable result line: ${line.slice(0, 80)}`);
  }
}

function closingQuote(line: string, opening: number): number {
  for (let at = opening + 1; ; at += 2) {
    at = line.indexOf('"', at);
    if (at < 0) throw new Error(`Unreadable result line: ${line.slice(0, 80)}`);
    if (line[at + 1] !== '"') return at;
  }
}
