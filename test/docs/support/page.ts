/** Pages as the tests of this folder read them: links, headings, and commands that are shown. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../../..');
export const readPage = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** As GitHub makes it of a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

const withoutCode = (text: string) =>
  text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '``');

export const linksOf = (text: string): string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

const headingsOf = (text: string): string[] =>
  [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);

/** Links of a page that lead nowhere: a file that is not there, or a heading that its page has not. */
export function brokenLinks(path: string): string[] {
  return linksOf(readPage(path)).filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(ROOT, target))) return true;
    if (anchor === undefined || !target.endsWith('.md')) return false;
    return !headingsOf(readPage(target)).map(anchorOf).includes(anchor);
  });
}

export interface Shown {
  /** As it stands there. */
  text: string;
  /** Of package.json. */
  script: string;
  argv: string[];
}

/** Commands of this project in code, in blocks or in a line: `npm run X -- …`, `npm start -- …`. */
export function commandsOf(text: string): Shown[] {
  const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  );
  // A line may break within a command.
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/\n(?!\s*(?:\n|[-|#<]|\d\.))\s*/g, ' ');
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...inline].flatMap((line) => {
    const code = line.replace(/\s+#.*$/, '').trim();
    return code.split(/\s+&&\s+/).flatMap((command) => shown(command) ?? []);
  });
}

function shown(text: string): Shown | undefined {
  const match = /^(?:[A-Z_]+=\S+ )*npm (?:run (?:-s )?([\w-]+)|(start))(?: -- (.*))?$/.exec(text);
  if (!match) return undefined;
  const [, run, start, rest = ''] = match;
  return { text, script: run ?? start ?? '', argv: wordsOf(rest) };
}

/** As a shell splits them. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
