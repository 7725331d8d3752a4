/** Which stack a command is about: the deployed one, or that of the local runtime. */
import type { Command } from 'commander';
import { LOCAL_STATE_DIR, readOutputs, type StackOutputs } from './outputs.ts';

export interface StackFlags {
  local?: boolean;
  dir?: string;
}

/** Adds `--local`, explained by `meaning`, and `--dir`, which is only allowed with it. */
export const addStackOptions = (command: Command, meaning: string): Command =>
  command
    .option('--local', meaning)
    .option('--dir <dir>', `state folder of the local runtime, with --local (default: ${LOCAL_STATE_DIR})`)
    .hook('preAction', () => {
      const { local, dir } = command.opts<StackFlags>();
      if (dir !== undefined && !local) command.error('error: --dir goes with --local only');
    });

/** @throws UserError */
export const outputsOf = ({ local = false, dir }: StackFlags): StackOutputs =>
  readOutputs({ local, ...(dir === undefined ? {} : { dir }) });
