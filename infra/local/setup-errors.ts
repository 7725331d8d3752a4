import { UserError } from '../cli/user-error.ts';
import { SetupError } from '../emulator/base/setup-error.ts';
import { diskProblem } from '../emulator/state/disk-problem.ts';

const FLAGS = {
  port: 'Choose another with --port, or any free one with --port 0.',
  folder: 'Stop it, or choose another folder with --dir.',
};

/** Does `work`, and turns the emulator's errors for people into those of our programs, with the flag that helps. */
export async function asUserError<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (!(cause instanceof SetupError)) {
      const problem = diskProblem(cause);
      if (problem === undefined) throw cause;
      const { message } = cause as Error;
      throw new UserError(`It cannot run: ${problem} (${message.split('\n')[0]}). Nothing is lost.`, {
        cause,
      });
    }
    const hint = cause.choose === undefined ? '' : ` ${FLAGS[cause.choose]}`;
    throw new UserError(`${cause.message}${hint}`, { cause });
  }
}
