/** A signal ends a program, what it has started, and what that has started: all of it holds the same output. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const urlOf = (path: string) => pathToFileURL(resolve(import.meta.dirname, '../../..', path)).href;
const PROGRAM = `
import { spawn } from 'node:child_process';
import { endChildWithUs, HAS_GROUPS } from '${urlOf('infra/cli/end-child.ts')}';
const child = spawn('sh', ['-c', 'sleep 600 & wait'], {
  ...{ stdio: ['ignore', 'inherit', 'inherit'], detached: HAS_GROUPS },
});
endChildWithUs(child, () => process.stdout.write('cleaned'));
process.stdout.write('started ');
`;
const NPM = `
import { endWithNpm } from '${urlOf('infra/cli/end-with-npm.ts')}';
endWithNpm();
process.on('SIGTERM', () => process.stdout.write('asked to end', () => process.exit()));
setTimeout(() => {}, 600_000);
process.stdout.write('started');
`;
const CDK = `
import { runCdk } from '${urlOf('infra/commands/deploy/cdk.ts')}';
// In the place of the CDK command line: it waits for an answer.
void runCdk([], { ...process.env, NODE_OPTIONS: '--import=' + process.env.IN_CDK });
`;
const IN_CDK = `
if (!process.argv[1]?.endsWith('cdk')) process.exit();
process.on('SIGTERM', () => process.stdout.write('told to end', () => process.exit()));
process.stdout.write('asks ');
await new Promise((resolve) => setTimeout(resolve, 600_000));
`;
const ORDERLY = `
import { stopSignal } from '${urlOf('infra/cli/interrupt.ts')}';
const waiting = setTimeout(() => {}, 600_000);
stopSignal().addEventListener('abort', () => {
  clearTimeout(waiting);
  process.stdout.write('ended in order');
});
process.stdout.write('started ');
`;
const node = (program: string) => [process.execPath, '--import', 'tsx', '--input-type=module', '-e', program];

async function endedBy(signal: NodeJS.Signals, [command = '', ...args]: string[], env = process.env) {
  const program = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(program, 'close');
  let said = '';
  program.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await once(program.stdout, 'data');
  program.kill(signal);
  return [...(await ended), said];
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)('%s', async (signal) => {
  expect(await endedBy(signal, node(PROGRAM))).toEqual([null, signal, 'started cleaned']);
});

it('a program ends with the shell in which npm has started it', async () => {
  // Something behind it, or the shell would become the program.
  const shell = ['sh', '-c', '"$@"; exit', 'sh', ...node(NPM)];
  const env = { ...process.env, npm_lifecycle_event: 'start' };
  expect(await endedBy('SIGTERM', shell, env)).toEqual([null, 'SIGTERM', 'startedasked to end']);
});

it('a closed terminal ends a program in order, and it is the signal that has ended it', async () => {
  expect(await endedBy('SIGHUP', node(ORDERLY))).toEqual([null, 'SIGHUP', 'started ended in order']);
});

it.each(['SIGTERM', 'SIGHUP'] as const)(
  '%s to a deployment alone ends the CDK command line with it',
  async (signal) => {
    const IN_CDK_URL = `data:text/javascript,${encodeURIComponent(IN_CDK)}`;
    const env = { ...process.env, IN_CDK: IN_CDK_URL };
    expect(await endedBy(signal, node(CDK), env)).toEqual([null, signal, 'asks told to end']);
  },
);
