/** Options that commands share. */
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../services/contract/duration.ts';
import { LOCAL_STATE_DIR, readOutputs, type StackOutputs } from './outputs.ts';

/** Which stack a command is about: the deployed one, or that of the local runtime. */
export interface StackFlags {
  local?: true;
  dir?: string;
}

/** `--local`, which `meaning` explains, and `--dir`, which goes with it only. */
export const addStackOptions = (command: Command, meaning: string): Command =>
  command
    .option('--local', meaning)
    .option('--dir <dir>', `state folder of the local runtime, with --local (default: ${LOCAL_STATE_DIR})`)
    .hook('preAction', () => {
      const { local, dir } = command.opts<StackFlags>();
      if (dir !== undefined && !local) command.error('error: --dir goes with --local only');
    });

/** @throws OutputsError */
export const outputsOf = ({ local, dir }: StackFlags): StackOutputs =>
  readOutputs({ local: local === true, ...(dir === undefined ? {} : { dir }) });

/** Milliseconds, of an option such as `1d`. */
export function durationArgument(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}
