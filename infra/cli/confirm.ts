/** Asks a person before something that cannot be undone. */
import { createInterface } from 'node:readline/promises';

/** Undefined where nobody can be asked: no terminal. */
export type Ask = ((question: string) => Promise<boolean>) | undefined;

/** Nothing typed is a no. */
export const askOnTerminal = (): Ask =>
  process.stdin.isTTY
    ? async (question) => {
        const terminal = createInterface({ input: process.stdin, output: process.stderr });
        try {
          return /^y(?:es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
        } finally {
          terminal.close();
        }
      }
    : undefined;

/**
 * Whether to go on: `--yes`, or a person's word.
 * @param say writes to the person
 */
export async function isAgreed(
  question: string,
  { yes, ask, say }: { yes: boolean; ask: Ask; say(text: string): void },
): Promise<boolean> {
  if (yes) return true;
  if (ask !== undefined) return ask(question);
  say('Nobody can be asked here, without a terminal. If that is meant, say so with: --yes\n');
  return false;
}
