/** docs/README.pt-BR.md says what README.md says: the same commands, code, figures and links. */
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { linksOf, readPage } from './support/page.ts';

const ENGLISH = 'README.md';
const PORTUGUESE = 'docs/README.pt-BR.md';
const [english, portuguese] = [readPage(ENGLISH), readPage(PORTUGUESE)] as const;
/** Each links to the other; both are allowed for. */
const OWN_LINKS = [ENGLISH, PORTUGUESE];

const FENCE = /^```(\w*)\n([\s\S]*?)^```/gm;

/** Lines of shell blocks, without comments. */
const shellLines = (text: string): string[] =>
  [...text.matchAll(FENCE)]
    .filter(([, language]) => language === 'sh')
    .flatMap(([, , block = '']) => block.trimEnd().split('\n'))
    .map((line) => line.replace(/\s+# .*$/, ''));

const inlineCode = (text: string): string[] =>
  [...text.replaceAll(FENCE, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

/** From the root of the repository. */
const links = (path: string, text: string): string[] =>
  [...linksOf(text), ...[...text.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, target = '']) => target)]
    .map((link) => (/^https?:/.test(link) ? link : join(dirname(path), link)))
    .filter((link) => !OWN_LINKS.includes(link));

/** Digits of each number: 1.77 and 1,77 are the same, and so are 10,000 and 10.000. */
const figures = (text: string): string[] =>
  [
    ...text
      .replaceAll(FENCE, '')
      .replaceAll(/`[^`\n]*`|\]\([^)]*\)|<[^>]*>/g, '')
      .matchAll(/\d[\d.,]*/g),
  ].map(([number]) => number.replaceAll(/[.,]/g, ''));

/** What one has and the other has not. */
function differences(inEnglish: readonly string[], inPortuguese: readonly string[]): string[] {
  const left = [...inPortuguese];
  const missing = inEnglish.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [
    ...missing.map((item) => `missing in ${PORTUGUESE}: ${item}`),
    ...left.map((item) => `not in ${ENGLISH}: ${item}`),
  ];
}

it.each([
  ['commands', shellLines(english), shellLines(portuguese)],
  ['code', inlineCode(english), inlineCode(portuguese)],
  ['links', links(ENGLISH, english), links(PORTUGUESE, portuguese)],
  ['figures', figures(english), figures(portuguese)],
  ['rows and sections', outline(english), outline(portuguese)],
])('has the same %s', (_, inEnglish, inPortuguese) => {
  expect(inEnglish.length).toBeGreaterThan(5);
  expect(differences(inEnglish, inPortuguese)).toEqual([]);
});

/** How many sections and rows there are, by their place. */
function outline(text: string): string[] {
  const sections = text.split(/^## /m);
  return sections.map((section, number) => {
    const rows = section.split('\n').filter((line) => /^(?:\||- |\d\. )/.test(line));
    return `section ${number} with ${rows.length} rows`;
  });
}
