/** The pinned CDK command line, run in the foreground. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tellChildToEndWithUs } from '../../cli/end-child.ts';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

/** Runs `cdk` with these arguments in the project's folder; resolves to its exit code. */
export type RunCdk = (args: string[], env: NodeJS.ProcessEnv) => Promise<number>;

/** The context with which the app makes the stack of an environment. */
export const inEnvironment = (env: string | undefined): string[] =>
  env === undefined ? [] : ['--context', `env=${env}`];

export const runCdk: RunCdk = (args, env) => {
  const cli = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: PROJECT,
    stdio: 'inherit',
    // The version is pinned: its banner would ask for one that does not work.
    env: { ...env, CDK_DISABLE_VERSION_CHECK: '1' },
  });
  tellChildToEndWithUs(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
};
