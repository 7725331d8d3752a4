/** The app as the CDK command line and the local runtime run it: in its own process, with a real bundle. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOT_BUNDLED } from '../../../infra/aws/parts/not-bundled.ts';
import { batch, reading, record } from '../../services/detector/support/batch.ts';
import { synthesize } from './support/synth.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'streamwatch-app-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));

/** The environment of a fresh machine: no account, no credentials, no network. */
function synthesizeInto(outdir: string, extra: Record<string, unknown> = {}) {
  const { PATH, HOME } = process.env;
  const CDK_CONTEXT_JSON = JSON.stringify({ ...context, ...extra });
  return run('node', ['--import', 'tsx', 'infra/aws/app.ts'], {
    env: { PATH, HOME, CDK_CONTEXT_JSON, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' },
  });
}

describe('the app', () => {
  const outdir = join(folder, 'cdk.out');
  let template: { Resources: Record<string, { Type: string; Properties: { Code: { S3Key: string } } }> };
  beforeAll(async () => {
    await synthesizeInto(outdir);
    template = JSON.parse(readFileSync(join(outdir, 'Streamwatch.template.json'), 'utf8'));
  });

  const bundle = (of = 'DetectionDetector') => {
    const [, detector] =
      Object.entries(template.Resources).find(
        ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(of),
      ) ?? [];
    const asset = join(outdir, `asset.${detector?.Properties.Code.S3Key.replace(/\.zip$/, '')}`);
    return { asset, file: join(asset, 'index.mjs') };
  };

  it('makes the same resources that the other tests check', () => {
    expect(Object.keys(template.Resources)).toEqual(Object.keys(synthesize().resources));
  });

  it.each(['DetectionDetector', 'WatchdogFunction'])(
    'bundles %s into one file of at most 300 KB, zipped',
    (of) => {
      const { asset, file } = bundle(of);
      expect(readdirSync(asset)).toEqual(['index.mjs']);
      expect(deflateRawSync(readFileSync(file)).length).toBeLessThanOrEqual(300_000);
    },
  );

  /** Runs in a folder without packages, with only the environment variables of Lambda and the template. */
  async function runBundle(script: string, more: Record<string, string> = {}, of = 'DetectionDetector') {
    const fn = synthesize().only('AWS::Lambda::Function', of);
    const names = Object.keys(fn.Properties.Environment.Variables);
    const env = Object.fromEntries(
      names.map((name) => [name, name === 'POWERTOOLS_LOG_LEVEL' ? 'INFO' : 'x']),
    );
    const load = `const { handler } = await import(${JSON.stringify(bundle(of).file)});`;
    const { stdout } = await run('node', ['--input-type=module', '-e', `${load}${script}`], {
      cwd: folder,
      env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1', ...env, ...more },
    });
    return stdout.trim();
  }

  it('makes a bundle that loads on its own, in the environment of the template, and exports the handler', async () => {
    for (const of of ['DetectionDetector', 'WatchdogFunction']) {
      expect(await runBundle('console.log(typeof handler)', {}, of)).toBe('function');
    }
  });

  it('makes a bundle that signs with credentials from the environment, without the packages left out of it', async () => {
    const imported = [...readFileSync(bundle().file, 'utf8').matchAll(/import\("(@[^"]+)"\)/g)];
    expect(imported.map(([, name]) => name).sort()).toEqual(NOT_BUNDLED);
    let authorization: string | undefined;
    const aws = createServer((request, response) => {
      authorization = request.headers.authorization;
      response.end(JSON.stringify({ Items: [], Count: 0 }));
    });
    await once(aws.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = aws.address() as AddressInfo;
      const event = batch([record([reading('12:00:00')])]);
      await runBundle(`await handler(${JSON.stringify(event)});`, {
        ...{ AWS_ACCESS_KEY_ID: 'AKIDLAMBDA', AWS_SECRET_ACCESS_KEY: 'x', AWS_SESSION_TOKEN: 'x' },
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      });
      expect(authorization).toContain('Credential=AKIDLAMBDA/');
    } finally {
      aws.close();
    }
  });

  it('says what is wrong with a setting in one line, without a stack trace', async () => {
    const failure = await synthesizeInto(join(folder, 'refused'), { shards: '0' }).catch((error) => error);
    expect(failure.code).toBe(1);
    expect(failure.stderr).toBe(
      'shards: Expected a whole number of shards from 1 to 500, got "0". Set it with: -c shards=1\n',
    );
  });
});
