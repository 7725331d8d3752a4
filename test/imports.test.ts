import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const ROOMS = [
  'services/contract',
  'services/detector',
  'simulator',
  'infra/aws',
  'infra/local',
  'infra/commands',
  'test',
];

/** Which rooms each room may import from, besides itself. docs/decisions/0001 says why commands are a room. */
const ALLOWED: Record<string, string[]> = {
  'services/contract': [],
  'services/detector': ['services/contract'],
  simulator: ['services/contract'],
  'infra/aws': ['services/contract'],
  'infra/local': ['services/contract'],
  'infra/commands': ['services/contract'],
  test: ROOMS,
};

/** Single files beyond that. docs/decisions/0021 says why the backtest runs the detector's pure core. */
const ALLOWED_FILES: Record<string, string[]> = {
  'infra/commands': ['services/detector/compile.ts', 'services/detector/fold.ts'],
};

const SPECIFIER = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]/g;

interface Import {
  from: string;
  to: string;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.(?:ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(SPECIFIER)].map(([, specifier = '']) => ({
    from: file,
    to: relative(ROOT, resolve(ROOT, dirname(file), specifier)),
  }));
}

const roomOf = (file: string) => ROOMS.find((room) => file.startsWith(`${room}/`)) ?? '';
const files = ['infra', 'services', 'simulator', 'test'].flatMap(sourceFiles);
const imports = files.flatMap(importsOf);

describe('imports', () => {
  it('are found at all', () => {
    expect(imports.length).toBeGreaterThan(20);
  });

  it('go only in the directions of the design', () => {
    const wrong = imports.filter(({ from, to }) => {
      const [source, target] = [roomOf(from), roomOf(to)];
      const allowed = ALLOWED[source]?.includes(target) || ALLOWED_FILES[source]?.includes(to);
      return source !== target && !allowed;
    });
    expect(wrong).toEqual([]);
  });

  it('leave no source file outside the rooms', () => {
    expect(files.filter((file) => roomOf(file) === '')).toEqual([]);
  });

  it('form no circle between files', () => {
    const graph = new Map<string, string[]>();
    for (const { from, to } of imports) graph.set(from, [...(graph.get(from) ?? []), to]);
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });
});
