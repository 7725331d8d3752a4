import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const manifest: {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
} = JSON.parse(read('package.json'));
const lock: { packages: Record<string, { hasInstallScript?: true }> } = JSON.parse(read('package-lock.json'));
const versions = { ...manifest.dependencies, ...manifest.devDependencies };
const names = Object.keys(versions).sort();

/** Used by name or by file, not by an import: the page's chart library, tools that CDK calls, tools in scripts. */
const NOT_IMPORTED = ['aws-cdk', 'esbuild', 'tsx', 'typescript', 'uplot', '@biomejs/biome'];

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.(?:ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

it('have exact versions', () => {
  expect(
    Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)),
  ).toEqual([]);
});

it('each have a line in the decision that lists them, which lists no others', () => {
  const listed = [...read('docs/decisions/0010-dependencies.md').matchAll(/^\| `([^`]+)` \| \S/gm)];
  expect(listed.map(([, name]) => name).sort()).toEqual(names);
});

it('are all used', () => {
  const text = ['infra', 'services', 'simulator', 'test'].flatMap(sources).map(read).join('\n');
  const imported = new Set(
    [...text.matchAll(/(?:\bfrom |\bimport |\bresolve\()'((?:@[^/']+\/)?[^/'.]+)/g)].map(([, name]) => name),
  );
  const unused = names.filter(
    (name) => !imported.has(name) && !NOT_IMPORTED.includes(name) && !name.startsWith('@types/'),
  );
  expect(unused).toEqual([]);
});

it('run no script at installation, and there is a decision about each that would', () => {
  const wanting = Object.entries(lock.packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    // macOS' file events, which npm leaves out on other systems; Node.js can do without them.
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
    .filter((name) => name !== 'fsevents');
  expect(Object.keys(manifest.allowScripts).sort()).toEqual([...new Set(wanting)].sort());
  expect(Object.values(manifest.allowScripts)).not.toContain(true);
});
