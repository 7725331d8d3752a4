/** A copy of the product's sources, to be changed as a recipe says, and run in processes of its own. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { programAt } from '../../../infra/cli/run/program-at.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const COPIED = [
  ...['services', 'simulator', 'infra', 'test/services/detector/support', 'test/recipes/support'],
  ...['test/infra/emulator/athena/support', 'test/infra/emulator/athena/iceberg/support'],
];
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'test/support/program-file.ts'];
const run = promisify(execFile);

export interface Copy {
  folder: string;
  /** Changes a file. A change that changes nothing is a mistake of the recipe. */
  edit(file: string, change: (text: string) => string): void;
  /** Runs a TypeScript module of the copy. Resolves with what it says on stdout. */
  run(module: string, ...args: string[]): Promise<string>;
  /** What the compiler has to say about these modules and all that they import. */
  check(...modules: string[]): Promise<string>;
  remove(): void;
}

export function copySources(): Copy {
  const folder = mkdtempSync(join(tmpdir(), 'streamwatch-recipe-'));
  for (const name of [...COPIED, ...FILES]) {
    cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
  }
  // A folder of its own, for what is kept there of the copy's programs.
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(PROJECT, 'node_modules')))
    if (name !== '.cache')
      symlinkSync(join(PROJECT, 'node_modules', name), join(folder, 'node_modules', name));
  const node = async (...args: string[]) => {
    const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 64 * 2 ** 20 });
    return stdout;
  };
  return {
    folder,
    edit(file, change) {
      const text = readFileSync(join(folder, file), 'utf8');
      const changed = change(text);
      if (changed === text) throw new Error(`${file}: expected a change`);
      writeFileSync(join(folder, file), changed);
    },
    async run(module, ...args) {
      return node(...programAt(folder, module), ...args);
    },
    async check(...modules) {
      const { include: _, ...rest } = JSON.parse(readFileSync(join(folder, 'tsconfig.json'), 'utf8'));
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...rest, files: modules }));
      return run('node_modules/.bin/tsc', ['-p', '.'], { cwd: folder }).then(
        ({ stdout }) => stdout,
        (error: { stdout: string }) => error.stdout,
      );
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The text with a line before the first one that starts like this. */
export function insertBefore(start: string, lines: string): (text: string) => string {
  return (text) => text.replace(`\n${start}`, `\n${lines}\n${start}`);
}

/** A rules file with one rule more. */
export function withRule(rule: object): (text: string) => string {
  return (text) => {
    const file = JSON.parse(text) as { rules: object[] };
    return JSON.stringify({ ...file, rules: [...file.rules, rule] });
  };
}
