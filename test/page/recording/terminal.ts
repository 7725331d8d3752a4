/** What a program writes to a terminal, as lines of coloured text with the time at which each was there. */

/** Styles of a stretch of text; the names are classes in the picture. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Stretch {
  text: string;
  styles: readonly Style[];
}

export interface Line {
  /** ms since the start. */
  at: number;
  stretches: Stretch[];
}

export interface Chunk {
  /** ms since the start. */
  at: number;
  text: string;
}

const BY_CODE: Record<string, Style> = {
  ...{ 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan' },
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPE = /\u001b\[([0-9;]*)([A-Za-z])/g;

/** Lines in the order of their ends. Sequences other than colours are dropped: the screen only ever appends. */
export function linesOf(chunks: readonly Chunk[]): Line[] {
  const lines: Line[] = [];
  let open = '';
  for (const { at, text } of chunks) {
    const [first = '', ...rest] = text.replaceAll('\r', '').split('\n');
    open += first;
    for (const next of rest) {
      lines.push({ at, stretches: stretchesOf(open) });
      open = next;
    }
  }
  return lines;
}

function stretchesOf(text: string): Stretch[] {
  const stretches: Stretch[] = [];
  let styles: Style[] = [];
  let from = 0;
  const take = (to: number) => {
    if (to > from) stretches.push({ text: text.slice(from, to), styles });
  };
  for (const match of text.matchAll(ESCAPE)) {
    take(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') styles = restyled(styles, (match[1] ?? '').split(';'));
  }
  take(text.length);
  return stretches;
}

/** 22 ends bold and dim, 39 a colour, 0 everything. */
function restyled(styles: readonly Style[], codes: readonly string[]): Style[] {
  let now = [...styles];
  for (const code of codes) {
    const style = BY_CODE[code];
    if (style) now.push(style);
    else if (code === '22') now = now.filter((each) => each !== 'bold' && each !== 'dim');
    else if (code === '39') now = now.filter((each) => each === 'bold' || each === 'dim');
    else now = [];
  }
  return now;
}

/** Times in the picture are multiples of this: what an eye takes for the same moment is one. */
const MOMENT_MS = 50;

/** The same lines with no pause longer than `longestMs`. */
export function withoutWaits(lines: readonly Line[], longestMs: number): Line[] {
  let before = 0;
  let at = 0;
  return lines.map((line) => {
    at += Math.min(line.at - before, longestMs);
    before = line.at;
    return { ...line, at: MOMENT_MS * Math.round(at / MOMENT_MS) };
  });
}
