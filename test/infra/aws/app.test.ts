/** The app as the CDK command line and the local runtime run it: a process of its own, with a real bundle. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { synthesize } from './synth.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'streamwatch-app-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));

/** No account, no credentials, no network: only what a fresh machine has. */
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

  const bundle = () => {
    const detector = Object.values(template.Resources).find(({ Type }) => Type === 'AWS::Lambda::Function');
    const asset = join(outdir, `asset.${detector?.Properties.Code.S3Key.replace(/\.zip$/, '')}`);
    return { asset, file: join(asset, 'index.mjs') };
  };

  it('makes the same resources as the tests look at', () => {
    expect(Object.keys(template.Resources)).toEqual(Object.keys(synthesize().resources));
  });

  it('bundles the detector into one file of at most 300 KB, zipped', () => {
    const { asset, file } = bundle();
    expect(readdirSync(asset)).toEqual(['index.mjs']);
    expect(deflateRawSync(readFileSync(file)).length).toBeLessThanOrEqual(300_000);
  });

  it('a bundle that loads alone, with the environment of the template, and has the handler', async () => {
    const names = Object.keys(synthesize().only('AWS::Lambda::Function').Properties.Environment.Variables);
    const env = Object.fromEntries(
      names.map((name) => [name, name === 'POWERTOOLS_LOG_LEVEL' ? 'INFO' : 'x']),
    );
    const { stdout } = await run(
      'node',
      ['-e', `import(${JSON.stringify(bundle().file)}).then((m) => console.log(typeof m.handler))`],
      { cwd: folder, env: { PATH: process.env.PATH, AWS_REGION: 'us-east-1', ...env } },
    );
    expect(stdout.trim()).toBe('function');
  });

  it('says what is wrong with a setting in one line, without a stack trace', async () => {
    const failure = await synthesizeInto(join(folder, 'refused'), { shards: '0' }).catch((error) => error);
    expect(failure.code).toBe(1);
    expect(failure.stderr).toBe(
      'shards: Expected a whole number of shards from 1 to 500, got "0". Set it with: -c shards=1\n',
    );
  });
});
