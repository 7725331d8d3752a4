/** Which stack a command is about: the deployed one, or that of the local runtime. */
import type { Command } from 'commander';
import { environment } from './arguments.ts';
import { chosenStack, findStack, STACK_VARIABLE } from './find-stack.ts';
import { LOCAL_STATE_DIR, localStateDir, readOutputs, type StackOutputs } from './outputs.ts';

export interface StackFlags {
  local?: boolean;
  dir?: string;
  stack?: string;
  env?: string;
}

/** Adds `--local`, explained by `meaning`, `--dir`, only allowed with it, `--stack`, which is not, and `--env`. */
export const addStackOptions = (command: Command, meaning: string): Command =>
  command
    .option('--local', meaning)
    .option('--dir <dir>', `state folder of the local runtime, with --local (default: ${LOCAL_STATE_DIR})`)
    .option('--stack <name>', `the deployed stack (default: ${STACK_VARIABLE}, or the only one)`)
    .option('--env <name>', 'the environment: the stack Streamwatch-NAME, or its local runtime', environment)
    .hook('preAction', () => {
      const { local, dir, stack } = command.opts<StackFlags>();
      if (dir !== undefined && !local) command.error('error: --dir goes with --local only');
      if (stack !== undefined && local)
        command.error('error: --stack is for AWS: it does not go with --local');
    });

/** @throws UserError */
export const outputsOf = async ({ local, dir, env, stack }: StackFlags): Promise<StackOutputs> =>
  local ? readOutputs({ local, dir: dir ?? localStateDir(env) }) : findStack(chosenStack({ env, stack }));
