/** Every page: its links lead somewhere, its commands exist, and those of the README are taken by their programs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaintAbout, isKnown, isOurs } from './support/definition.ts';
import { brokenLinks, commandsOf, ROOT, readPage } from './support/page.ts';

const pagesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pagesIn(path);
    return path.endsWith('.md') ? [path] : [];
  });
const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...pagesIn('docs'),
  'infra/emulator/README.md',
];

it.each(PAGES)('%s has no broken links', (path) => {
  expect(brokenLinks(path)).toEqual([]);
});

/** What is decided or has changed may name what is no more; the how-to has a test of its own. */
const SHOWING = PAGES.filter((path) => !/decisions|CHANGELOG|README|how-to/.test(path));

describe.each(SHOWING)('commands of %s', (path) => {
  const commands = commandsOf(readPage(path));

  it('are those of package.json, with options that they have', async () => {
    const complaints: string[] = [];
    for (const { text, script, argv } of commands) {
      const complaint = !isKnown(script)
        ? 'no such command'
        : isOurs(script) && argv.length > 0
          ? await complaintAbout(script, argv)
          : undefined;
      // Values may be left out in prose, or stand for others: SITE, URL, ….
      if (complaint && /unknown option|no such command/.test(complaint))
        complaints.push(`${text}: ${complaint}`);
    }
    expect(complaints).toEqual([]);
  });
});

describe("the README's commands", () => {
  const commands = commandsOf(readPage('README.md'));

  it('are those of package.json', () => {
    expect(commands.length).toBeGreaterThan(20);
    expect(commands.filter(({ script }) => !isKnown(script))).toEqual([]);
  });

  it.each(commands.filter(({ script }) => isOurs(script)))('$text', async ({ script, argv }) => {
    const complaint = await complaintAbout(script, argv);
    // A command that is only named takes more than its name.
    if (argv.length > 0) expect(complaint).toBeUndefined();
  });
});
