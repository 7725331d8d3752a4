/** How the commands of `--local` find a running stack: its outputs file, and the flags that lead to it. */
import { resolve } from 'node:path';
import { outputsFile, parseOutputs, STACK_NAME, type StackOutputs } from '../../services/contract/outputs.ts';
import { writeFileAtomic } from './atomic-file.ts';
import type { Stack } from './intrinsics.ts';

/** Where the commands with `--local` find the names; removed at the end, so that they can tell it has stopped. */
export async function writeOutputs(stack: Stack, stateDir: string, endpoint: string): Promise<StackOutputs> {
  const file = outputsFile({ local: true, dir: stateDir });
  const text = `${JSON.stringify({ [STACK_NAME]: { ...stack.outputs, Endpoint: endpoint } }, undefined, 2)}\n`;
  await writeFileAtomic(file, text);
  return parseOutputs(text, file);
}

/** The flags that lead a command here. */
export function localFlags(stateDir: string): string {
  return resolve(stateDir) === resolve(outputsFile({ local: true }), '..')
    ? '--local'
    : `--local --dir ${stateDir}`;
}
