/** What is said when something fails that nobody waits for: on a full disk, one sentence and no stack trace. */
import { diskProblem } from '../../emulator/state/disk-problem.ts';

/** Undefined for what is a fault of the program. */
export function lastWords(error: unknown): string | undefined {
  const problem = diskProblem(error);
  if (problem === undefined) return undefined;
  const { message } = error as Error;
  const [file] = /\/[^:'\s]+/.exec(message) ?? [];
  return `Stopped, because ${file ?? 'a file'} cannot be written: ${problem}. Nothing acknowledged is lost: start again, and what is not delivered yet will be.`;
}

/** Ends the process with it. @param before is called first */
export function sayLastWords(say: (text: string) => void, before: () => void): void {
  process.on('uncaughtException', (error) => {
    before();
    say(lastWords(error) ?? error.stack ?? error.message);
    process.exit(1);
  });
}
