/** A LevelDB folder that cannot be opened, in one sentence. */
import { SetupError } from '../base/setup-error.ts';
import { diskProblem } from './disk-problem.ts';

interface Consequence {
  /** A clause: what is lost with the folder. */
  lost: string;
  /** A sentence: what to do. */
  remedy: string;
}

/** @throws SetupError */
export async function orSay<T>(
  opened: Promise<T>,
  folder: string,
  { lost, remedy }: Consequence,
): Promise<T> {
  try {
    return await opened;
  } catch (cause) {
    const reason = reasonOf(cause);
    const problem = diskProblem({ message: reason });
    const text = problem
      ? `${folder} cannot be opened: ${problem}. Nothing is lost; then start again.`
      : `${folder} is damaged (${reason}): ${lost}. ${remedy}`;
    throw new SetupError(text, { cause });
  }
}

/** The innermost: what is around it says only that the database is not open. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  if (cause !== undefined) return reasonOf(cause);
  return String(message).split('\n')[0] ?? '';
}
