/** Parses a command line as its program would, without running the program. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, CommanderError } from 'commander';
import { ROOT, readPage } from './page.ts';

const { scripts } = JSON.parse(readPage('package.json')) as { scripts: Record<string, string> };
/** Tools of others. */
export const isOurs = (script: string): boolean => scripts[script]?.startsWith('node ') === true;
export const isKnown = (script: string): boolean => Object.hasOwn(scripts, script);

/** Ends a program where it would begin to work. */
class Caught extends Error {
  readonly command: Command;
  constructor(command: Command) {
    super('The definition is known');
    this.command = command;
  }
}

/** The program's own definition, up to the place where it is parsed. */
async function definitionOf(script: string): Promise<Command> {
  const file = join(ROOT, scripts[script]?.split(' ').at(-1) ?? '');
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  const parse = Command.prototype.parseAsync;
  Command.prototype.parseAsync = function (this: Command) {
    throw new Caught(this);
  };
  const silent = { stdout: () => {}, stderr: () => {} };
  try {
    for (const [name, run] of Object.entries(module)) {
      if (!/^run[A-Z]/.test(name) || typeof run !== 'function') continue;
      const caught: unknown = await Promise.resolve()
        .then(() => run([], silent))
        .catch((error: unknown) => error);
      if (caught instanceof Caught) return caught.command;
    }
  } finally {
    Command.prototype.parseAsync = parse;
  }
  throw new Error(`${file} has no function run… that defines a command`);
}

/** What the program would say of these arguments; undefined where it takes them. */
export async function complaintAbout(script: string, argv: readonly string[]): Promise<string | undefined> {
  const command = await definitionOf(script);
  command.action(() => {});
  try {
    await command.parseAsync([...argv], { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // --help ends a program as well.
    return error.exitCode === 0 ? undefined : error.message;
  }
}
