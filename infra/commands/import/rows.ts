/** The rows of a recorded file: CSV with a header, or NDJSON. */
import { isRemark } from '../../cli/series/header.ts';
import { firstRows, isBlank, readRows } from '../../cli/series/rows.ts';
import { openText, wholeText } from '../../cli/series/text.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Row } from './mapping.ts';

export interface Table {
  columns: string[];
  rows: Row[];
  /** Of the file, so that a repeated import is known. */
  text: string;
}

const DELIMITERS = [',', ';', '\t'];

/** @throws UserError, a misuse */
export async function readTable(file: string): Promise<Table> {
  const text = await wholeText(await openText(file));
  const table = text.trimStart().startsWith('{') ? fromNdjson(text, file) : await fromCsv(text, file);
  if (table.rows.length === 0) throw UserError.misuse(`${file}: Expected rows, got none`);
  return { ...table, text };
}

function fromNdjson(text: string, file: string): Omit<Table, 'text'> {
  const columns = new Set<string>();
  const rows = text.split('\n').flatMap((line, i): Row[] => {
    if (line.trim() === '') return [];
    let cells: unknown;
    try {
      cells = JSON.parse(line);
    } catch {
      throw UserError.misuse(`${file} line ${i + 1}: Expected a JSON object`);
    }
    if (typeof cells !== 'object' || cells === null || Array.isArray(cells))
      throw UserError.misuse(`${file} line ${i + 1}: Expected a JSON object`);
    for (const name of Object.keys(cells)) columns.add(name);
    return [{ line: i + 1, cells: { ...cells } }];
  });
  return { columns: [...columns], rows };
}

async function fromCsv(text: string, file: string): Promise<Omit<Table, 'text'>> {
  const widest = DELIMITERS.map((delimiter) => ({
    delimiter,
    cells: firstRows(text, delimiter)[0]?.length ?? 0,
  }));
  const [best] = widest.toSorted((a, b) => b.cells - a.cells);
  let columns: string[] | undefined;
  const rows: Row[] = [];
  async function* once() {
    yield text;
  }
  const failure = await readRows(once(), best?.delimiter ?? ',', (cells, line) => {
    if (isBlank(cells) || isRemark(cells)) return;
    if (columns === undefined) columns = cells.map((name) => name.trim());
    else {
      const names = columns;
      rows.push({ line, cells: Object.fromEntries(cells.map((cell, i) => [names[i] ?? `#${i + 1}`, cell])) });
    }
  });
  if (failure !== undefined) throw UserError.misuse(`${file}: ${failure}`);
  return { columns: columns ?? [], rows };
}
