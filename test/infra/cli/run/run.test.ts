/** Programs in one piece, in a small project of their own: `node infra/cli/run.mjs PROGRAM`. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const PROJECT = resolve(import.meta.dirname, '../../../..');
const PROGRAM = `import { argv } from 'node:process';
import { word } from './word.ts';
if (argv[2] === 'crash') (null as unknown as () => void)();
process.stdout.write([word(argv[2]), argv[1] === import.meta.filename, import.meta.dirname].join(' '));
process.exitCode = 7;
`;
const word = (text: string) => `/** Before it. */
export function word(given?: string): string {
  if (given === 'throw') throw new TypeError('thrown');
  return '${text}';
}
`;

let project: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'run in Köln-')));
  cpSync(join(PROJECT, 'infra/cli/run.mjs'), join(project, 'infra/cli/run.mjs'));
  cpSync(join(PROJECT, 'infra/cli/run'), join(project, 'infra/cli/run'), { recursive: true });
  mkdirSync(join(project, 'node_modules'));
  for (const name of ['esbuild', 'tsx'])
    symlinkSync(join(PROJECT, 'node_modules', name), join(project, 'node_modules', name));
  write('node_modules/.package-lock.json', '{}');
  write('package.json', '{"type":"module"}');
  write('program.ts', PROGRAM);
  write('word.ts', word('first'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(project, name), text);
const kept = () => readdirSync(join(project, 'node_modules/.cache/streamwatch'));

async function run(...args: string[]) {
  const command = [join(project, 'infra/cli/run.mjs'), 'program.ts', ...args];
  return promisify(execFile)(process.execPath, command, { cwd: project }).then(
    () => expect.unreachable('The program ends with 7'),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}
const said = (text: string) => ({ code: 7, stdout: `${text} true ${project}`, stderr: '' });

it('does what its sources do, and makes it anew only when one of them changes', async () => {
  expect(await run()).toEqual(said('first'));
  const made = kept();
  expect(await run()).toEqual(said('first'));
  expect(kept()).toEqual(made);
  write('word.ts', word('second'));
  expect(await run()).toEqual(said('second'));
  expect(kept()).toHaveLength(made.length + 1);
  write('node_modules/.package-lock.json', '{"packages":"of another version"}');
  expect(await run()).toEqual(said('second'));
  expect(kept()).toHaveLength(made.length + 2);
});

it('names the sources in stack traces', async () => {
  for (const _ of ['when it is made', 'when it is there']) {
    const { code, stderr } = await run('throw');
    expect(code).toBe(1);
    expect(stderr).toContain(
      `TypeError: thrown\n    at word (${project}/word.ts:3:32)\n    at ${project}/program.ts:4:23`,
    );
  }
  expect((await run('crash')).stderr).toContain(`    at ${project}/program.ts:3:`);
});

it('is made by two starts at once, and neither gets half of it', async () => {
  expect(await Promise.all([run(), run(), run()])).toEqual(Array(3).fill(said('first')));
  expect(kept()).toHaveLength(2);
});

it('keeps nothing of sources that changed while they were bundled, nor half a program', async () => {
  const { keepProgram } = await import(pathToFileURL(join(project, 'infra/cli/run/kept.mjs')).href);
  const keep = (files: { name: string; text: string }[], sinceMs: number) => () =>
    keepProgram(join(project, 'program.ts'), { files, sources: [join(project, 'word.ts')] }, sinceMs);
  const main = { name: 'main.mjs', text: '' };
  const later = Date.now() + 60_000;
  expect(keep([main], 0)).toThrow('word.ts has changed meanwhile');
  expect(keep([main, { name: 'nowhere/part.mjs', text: '' }], later)).toThrow('ENOENT');
  expect(kept()).toEqual([]);
  expect(keep([main], later)).not.toThrow();
});

it('runs its sources where nothing can be kept', async () => {
  write('node_modules/.cache', 'in the way');
  expect(await run()).toEqual(said('first'));
});

it('says where a source has a mistake', async () => {
  write('word.ts', 'export const word = ;');
  const { code, stderr } = await run();
  expect(code).toBe(1);
  expect(stderr).toContain(`${project}/word.ts:1:20: ERROR: Unexpected ";"`);
});
