/** When the template is synthesized, in a small project of its own. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { synthesizeIfNeeded } from '../../../infra/cli/synth.ts';

const PACKAGES = resolve(import.meta.dirname, '../../../node_modules');
const app = (text: string) => `
import { writeFileSync } from 'node:fs';
writeFileSync(process.env.CDK_OUTDIR + '/template.json', '${text}');
`;
let project: string;
let made: number;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'synth in Köln #1 -'));
  made = 0;
  for (const folder of ['infra/aws', 'services', 'node_modules'])
    mkdirSync(join(project, folder), { recursive: true });
  symlinkSync(join(PACKAGES, 'tsx'), join(project, 'node_modules/tsx'));
  write('package-lock.json', '{}');
  write('package.json', '{"type":"module"}');
  write('cdk.json', '{"app":"","context":{}}');
  write('infra/aws/app.ts', app('first'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(project, name), text);
const assemblies = () => readdirSync(project).filter((name) => name.startsWith('cdk.out'));
async function template(): Promise<string> {
  const folder = await synthesizeIfNeeded(project, () => {
    made += 1;
  });
  return readFileSync(join(folder, 'template.json'), 'utf8');
}

it('is made when it is missing and when its sources have changed, and read by others who may read the checkout', async () => {
  expect([await template(), await template(), made]).toEqual(['first', 'first', 1]);
  const { mode } = statSync(join(project, 'cdk.out'));
  expect(mode & 0o777).toBe(statSync(join(project, 'services')).mode & 0o777);
  write('infra/aws/app.ts', app('second'));
  expect([await template(), made]).toEqual(['second', 2]);
  expect(assemblies()).toEqual(['cdk.out']);
});

it('ends with the words of the app where it fails, and leaves nothing', async () => {
  write('infra/aws/app.ts', "process.stderr.write('shards: Expected a number'); process.exit(1);");
  await expect(template()).rejects.toThrow(
    'The template could not be synthesized:\nshards: Expected a number',
  );
  expect(assemblies()).toEqual([]);
});
