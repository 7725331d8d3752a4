/** What meets somebody who wants to work on it: versions that agree, and an SBOM of what is installed. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { deployedMajor } from '../support/deployed-node.ts';
import { ROOT, readPage } from './support/page.ts';

interface Component {
  name: string;
  version: string;
  group?: string;
  scope: 'required' | 'optional';
}

const manifest: {
  version: string;
  scripts: Record<string, string>;
  engines: { node: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
} = JSON.parse(readPage('package.json'));

it('the development container has the Node.js that functions are deployed with', () => {
  const { image }: { image: string } = JSON.parse(readPage('.devcontainer/devcontainer.json'));
  expect(image).toMatch(new RegExp(`/typescript-node:\\d+-${deployedMajor}-bookworm$`));
});

it('the pages for contributors name the oldest Node.js that is supported', () => {
  const oldest = manifest.engines.node.replace(/^>=(\d+\.\d+)\.\d+$/, '$1');
  for (const path of ['README.md', 'CONTRIBUTING.md']) {
    expect(readPage(path), path).toContain(`Node.js ${oldest} or newer`);
  }
});

it('updates are asked for as exact versions, and together where they are made for each other', () => {
  const text = readPage('.github/dependabot.yml');
  expect(text).toContain('versioning-strategy: increase\n');
  const patterns = [...text.matchAll(/^ +patterns: (\[.*\])$/gm)].flatMap(
    ([, list = '']) => JSON.parse(list) as string[],
  );
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const matches = (pattern: string) =>
    names.some((name) => name === pattern || name.startsWith(pattern.replace('*', '')));
  expect(patterns.filter((pattern) => !matches(pattern))).toEqual([]);
});

it('npm run sbom lists what is deployed and run, with its version', () => {
  const [npm = '', ...args] = manifest.scripts.sbom?.split(' ') ?? [];
  const { stdout, status } = spawnSync(npm, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(status).toBe(0);
  const { components }: { components: Component[] } = JSON.parse(stdout);
  const needed = new Set(
    components
      .filter(({ scope }) => scope === 'required')
      .map(({ name, version, group }) => `${group ? `${group}/` : ''}${name} ${version}`),
  );
  const missing = Object.entries(manifest.dependencies).filter(
    ([name, version]) => !needed.has(`${name} ${version}`),
  );
  expect(missing).toEqual([]);
});
