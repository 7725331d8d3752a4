import { UserError } from '../cli/user-error.ts';
import { SetupError } from '../emulator/base/setup-error.ts';
import { diskProblem } from '../emulator/state/disk-problem.ts';

const FLAGS = {
  port: 'Choose another with --port, or any free one with --port 0.',
  folder: 'Stop it, or choose another folder with --dir.',
};

/** All of it speaks to itself over 127.0.0.1. */
const NO_WAY_TO_ITSELF = /\b(ENETUNREACH|ENETDOWN|EHOSTUNREACH|EADDRNOTAVAIL)\b.* 127\.0\.0\.1\b/;

const loopbackProblem = ({ message }: Error): string | undefined => {
  const [, code] = NO_WAY_TO_ITSELF.exec(message) ?? [];
  return (
    code &&
    `It cannot run: this machine does not reach itself at 127.0.0.1 (${code}). Is its loopback interface up? On Linux: sudo ip link set lo up`
  );
};

/** Does `work`, and turns the emulator's errors for people into those of our programs, with the flag that helps. */
export async function asUserError<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (!(cause instanceof SetupError)) {
      const unreachable = loopbackProblem(cause as Error);
      if (unreachable !== undefined) throw new UserError(unreachable, { cause });
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
