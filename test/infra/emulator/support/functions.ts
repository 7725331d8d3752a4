/** Functions from a few lines of source, for the tests of one file; they end with each test. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import {
  type FunctionOptions,
  type LambdaFunction,
  openFunction,
} from '../../../../infra/emulator/lambda/function.ts';
import { ACTOR } from './actor.ts';

export const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:probe';

export function functionsOfThisFile() {
  let folder = '';
  let count = 0;
  const functions: LambdaFunction[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lambda-'));
  });
  afterEach(async () => {
    await Promise.all(functions.splice(0).map((fn) => fn.stop()));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** A function with this source as its `index.mjs`. */
  async function deploy(source: string, properties: object = {}, options: Partial<FunctionOptions> = {}) {
    const codeDir = await mkdtemp(join(folder, 'code-'));
    await writeFile(join(codeDir, 'index.mjs'), source);
    const logFile = join(folder, `log-${++count}`);
    const fn = openFunction({
      actor: ACTOR,
      name: 'probe',
      arn: ARN,
      properties: { Handler: 'index.handler', Runtime: 'nodejs24.x', Role: 'arn:role', ...properties },
      codeDir,
      tmpRoot: join(folder, 'tmp'),
      environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_REGION: 'us-east-1' },
      logFile,
      ...options,
    });
    functions.push(fn);
    return {
      fn,
      codeDir,
      /** What the handler returned. */
      async call(event: unknown = {}) {
        const result = await fn.invoke(JSON.stringify(event));
        if (result.status !== 'ok') throw new Error(`${result.errorType}: ${result.errorMessage}`);
        return JSON.parse(result.payload);
      },
      async log() {
        await fn.stop();
        return readFile(logFile, 'utf8');
      },
    };
  }
  return { deploy, folder: () => folder };
}
