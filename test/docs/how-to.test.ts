/** docs/how-to.md: what it shows exists, is short, and is in its index. */
import { describe, expect, it } from 'vitest';
import { complaintAbout, isKnown, isOurs } from './support/definition.ts';
import { anchorOf, brokenLinks, commandsOf, linksOf, readPage } from './support/page.ts';

const PAGE = 'docs/how-to.md';
const page = readPage(PAGE);
const MOST_LINES = 15;

const [index = '', ...questions] = page.split(/^### /m);
const entries = questions.map((text) => {
  const [title = '', ...lines] = text.split(/^## /m)[0]?.trimEnd().split('\n') ?? [];
  return { title, lines: lines.join('\n').trim().split('\n') };
});
const commands = commandsOf(page);

describe('the questions', () => {
  it('are in the index, in its order, and the index has no others', () => {
    expect(linksOf(index)).toEqual(entries.map(({ title }) => `#${anchorOf(title)}`));
  });

  it.each(entries)('$title: at most 15 lines, with a command', ({ lines }) => {
    expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
    expect(lines.join('\n')).toMatch(/\bnp[mx] /);
  });

  it('link to what is there', () => {
    expect(brokenLinks(PAGE)).toEqual([]);
  });
});

describe('the commands', () => {
  it('are those of package.json', () => {
    expect(commands.length).toBeGreaterThan(40);
    const unknown = new Set(commands.map(({ script }) => script).filter((script) => !isKnown(script)));
    expect([...unknown]).toEqual([]);
  });

  it.each(commands.filter(({ script }) => isOurs(script)))('$text', async ({ script, argv }) => {
    expect(await complaintAbout(script, argv)).toBeUndefined();
  });
});
