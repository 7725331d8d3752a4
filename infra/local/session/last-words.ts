/** What is said when something fails that nobody waits for: of a disk or its files, one sentence and no stack trace. */
import { diskProblem } from '../../emulator/state/disk-problem.ts';

/** Undefined for what is a fault of the program. */
export function lastWords(error: unknown): string | undefined {
  const { message = '' } = error as Error;
  const [file] = /\/[^:'\s]+/.exec(message) ?? [];
  if (/\bCorruption: /.test(message)) {
    return `Stopped, because ${file ?? 'a database of the state folder'} is damaged (${message.split('\n')[0]}). Move its folder away and start again: the start says what is lost.`;
  }
  const problem = diskProblem(error);
  if (problem === undefined) return undefined;
  // No file is at fault, least of all a program that could not be started.
  const why = /\bE[MN]FILE\b/.test(message) ? problem : `${file ?? 'a file'} cannot be written: ${problem}`;
  return `Stopped, because ${why}. Nothing acknowledged is lost: start again, and what is not delivered yet will be.`;
}

/** Ends the process with it. @param before is called first */
export function sayLastWords(say: (text: string) => void, before: () => void): void {
  process.on('uncaughtException', (error) => {
    before();
    say(lastWords(error) ?? error.stack ?? error.message);
    process.exit(1);
  });
}
