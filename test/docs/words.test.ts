/** Words that a native reader stumbles over, in pages and comments. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDERS = ['docs', 'infra', 'services', 'simulator', 'test'];
const PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];

/** What to write instead. */
const INSTEAD: Record<string, RegExp> = {
  'repair, correct': /\bmend(?:s|ed|ing)?\b/i,
  'work out, count': /\breckon(?:s|ed|ing)?\b/i,
  'anyone who, the one that': /\bwhoever\b/i,
  forever: /\bfor ever\b/i,
  'is not a': /(?<!there )\b(?:is|are) no (?:object|reading|time|metric|rule|device|number)s?\b/i,
};

const files = [
  ...PAGES,
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:md|ts|js|mjs)$/.test(name) && !name.startsWith('README.pt'))
      .map((name) => join(folder, name)),
  ),
].filter((file) => file !== 'test/docs/words.test.ts');

it.each(Object.entries(INSTEAD))('a plain word stands everywhere: %s', (_, pattern) => {
  expect(files.length).toBeGreaterThan(500);
  const found = files.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1} ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
