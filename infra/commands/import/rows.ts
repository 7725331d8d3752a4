/** The rows of a recorded file: CSV with a header, or NDJSON. */
import { isRemark, isSpreadsheetLine, SPREADSHEET_LINE } from '../../cli/series/header.ts';
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
  if (text.includes('\uFFFD')) {
    throw UserError.misuse(
      `${file}: Expected text in UTF-8 or UTF-16, got another encoding. Convert it: iconv -f WINDOWS-1252 -t UTF-8`,
    );
  }
  const table = await parse(text, file);
  if (table.rows.length === 0) throw UserError.misuse(`${file}: Expected rows, got none`);
  return { ...table, text };
}

function parse(text: string, file: string): Omit<Table, 'text'> | Promise<Omit<Table, 'text'>> {
  const start = text.trimStart();
  if (start.startsWith('['))
    return ofObjects(parseJson(text, `${file}: Expected a JSON array`) as unknown[], file);
  if (!start.startsWith('{')) return fromCsv(text, file);
  const lines = text
    .split('\n')
    .map((line, i) =>
      line.trim() === '' ? undefined : parseJson(line, `${file} line ${i + 1}: Expected a JSON object`),
    );
  return ofObjects(lines, file);
}

function parseJson(text: string, problem: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw UserError.misuse(problem, { cause });
  }
}

function ofObjects(values: readonly unknown[], file: string): Omit<Table, 'text'> {
  const columns = new Set<string>();
  const rows = values.flatMap((value, i): Row[] => {
    if (value === undefined) return [];
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw UserError.misuse(`${file} line ${i + 1}: Expected a JSON object`);
    const cells = Object.fromEntries(leaves(value));
    for (const name of Object.keys(cells)) columns.add(name);
    return [{ line: i + 1, cells }];
  });
  return { columns: [...columns], rows };
}

/** What lies inside is a column, too: `uplink_message.decoded_payload.temperature`, `values.0`. */
function leaves(value: object, path = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]): [string, unknown][] =>
    typeof inner === 'object' && inner !== null
      ? leaves(inner, `${path}${name}.`)
      : [[`${path}${name}`, inner]],
  );
}

async function fromCsv(text: string, file: string): Promise<Omit<Table, 'text'>> {
  const told = SPREADSHEET_LINE.exec(text.split(/[\r\n]/, 1)[0] ?? '')?.[1];
  const widest = (told === undefined ? DELIMITERS : [told]).map((delimiter) => ({
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
    if (isBlank(cells) || isRemark(cells) || isSpreadsheetLine(cells)) return;
    if (columns === undefined) columns = cells.map((name) => name.trim());
    else {
      const names = columns;
      rows.push({ line, cells: Object.fromEntries(cells.map((cell, i) => [names[i] ?? `#${i + 1}`, cell])) });
    }
  });
  if (failure !== undefined) throw UserError.misuse(`${file}: ${failure}`);
  return { columns: columns ?? [], rows };
}
