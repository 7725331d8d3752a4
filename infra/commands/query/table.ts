/** A result as a table that fits the screen, or, where its columns do not, as one block per row. */
import type { Column, QueryResult } from '../../cli/athena-client.ts';
import { formatNumber } from '../../cli/text.ts';
import { formatColumn, isNumeric, unitOf } from './cells.ts';

/** Maximum number of rows; --csv and --json give all. */
export const MAX_TABLE_ROWS = 100;
const GAP = '  ';
/** Text is not cut to fewer characters, so that an hour of the lake, `2026-01-31 09`, stays whole. */
const MIN_TEXT_WIDTH = 13;

interface Shown {
  column: Column;
  /** The name, broken at its underscores where the column is narrow. */
  header: string[];
  unit: string;
  cells: string[];
  width: number;
}

/** The table, with a final line feed; empty text for a result without columns. */
export function renderTable(result: Pick<QueryResult, 'columns' | 'rows'>, screenWidth: number): string {
  const rows = result.rows.slice(0, MAX_TABLE_ROWS);
  const columns = result.columns.map((column, i) =>
    show(
      column,
      rows.map((row) => row[i] ?? null),
    ),
  );
  if (columns.length === 0) return '';
  const fitting =
    total(columns) <= screenWidth ? columns : cutToScreen(columns.map(breakHeader), screenWidth);
  const text = fitting ? asTable(fitting) : asBlocks(columns, rows.length, screenWidth);
  const left = result.rows.length - rows.length;
  return left > 0 ? `${text}… and ${formatNumber(left)} more rows: --csv or --json gives all\n` : text;
}

function show(column: Column, values: (string | null)[]): Shown {
  const cells = formatColumn(column, values);
  const unit = unitOf(column);
  const width = Math.max(...[column.name, unit, ...cells].map(lengthOf));
  return { column, header: [column.name], unit, cells, width };
}

/** The column, as narrow as its values and the longest word of its name allow. */
function breakHeader(shown: Shown): Shown {
  const widest = Math.max(...[shown.unit, ...shown.cells].map(lengthOf));
  const header = breakName(shown.column.name, widest);
  return { ...shown, header, width: Math.max(widest, ...header.map(lengthOf)) };
}

/** Number of code points; enough for the lake, where names are ASCII. */
const lengthOf = (text: string): number => [...text].length;

/** `avg_temperature` over values of width 4: `avg_` / `temperature`. Lines as long as the longest word allows. */
function breakName(name: string, width: number): string[] {
  const words = name.split(/(?<=_)(?=.)/);
  const limit = Math.max(width, ...words.map(lengthOf));
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && lengthOf(last + word) <= limit) lines[lines.length - 1] = last + word;
    else lines.push(word);
  }
  return lines;
}

const total = (columns: Shown[]) =>
  columns.reduce((sum, { width }) => sum + width, 0) + GAP.length * (columns.length - 1);

/** Part of a time or an identifier would be useless. */
const isWhole = ({ type, name }: Column) => type !== 'varchar' || /(^|_)id$/.test(name);

/** The columns cut to the screen, the widest text first. Undefined where that is not enough. */
function cutToScreen(columns: Shown[], screenWidth: number): Shown[] | undefined {
  const cut = columns.map((column) => ({ ...column }));
  while (total(cut) > screenWidth) {
    const [widest] = cut
      .filter(
        ({ column, width, header }) =>
          !isWhole(column) && width > Math.max(MIN_TEXT_WIDTH, ...header.map(lengthOf)),
      )
      .sort((a, b) => b.width - a.width);
    if (!widest) return undefined;
    widest.width -= 1;
  }
  return cut;
}

function asTable(columns: Shown[]): string {
  const depth = Math.max(...columns.map(({ header }) => header.length));
  const line = (texts: string[]) =>
    `${columns
      .map(({ column, width }, i) => pad(texts[i] ?? '', width, isNumeric(column)))
      .join(GAP)
      .trimEnd()}\n`;
  // All names end in the same line, however many lines they take.
  const headers = Array.from({ length: depth }, (_, row) =>
    line(columns.map(({ header }) => header[row - (depth - header.length)] ?? '')),
  );
  const units = columns.some(({ unit }) => unit !== '') ? [line(columns.map(({ unit }) => unit))] : [];
  const rule = `${columns.map(({ width }) => '─'.repeat(width)).join(GAP)}\n`;
  const rows = (columns[0]?.cells ?? []).map((_, i) => line(columns.map(({ cells }) => cells[i] ?? '')));
  return [...headers, ...units, rule, ...rows].join('');
}

function pad(text: string, width: number, right: boolean): string {
  const characters = [...text];
  if (characters.length > width) return `${characters.slice(0, width - 1).join('')}…`;
  const space = ' '.repeat(width - characters.length);
  return right ? space + text : text + space;
}

function asBlocks(columns: Shown[], rows: number, screenWidth: number): string {
  const names = Math.max(...columns.map(({ column }) => lengthOf(column.name)));
  const blocks = Array.from({ length: rows }, (_, i) => {
    const lines = columns.map(({ column, cells }) => {
      const unit = unitOf(column);
      const value = cells[i] ?? '';
      return `${pad(column.name, names, false)}${GAP}${value}${unit && value !== '–' ? ` ${unit}` : ''}\n`;
    });
    const title = `── ${i + 1} `;
    return [`${title}${'─'.repeat(Math.max(0, Math.min(screenWidth, 40) - title.length))}\n`, ...lines].join(
      '',
    );
  });
  return blocks.join('');
}
