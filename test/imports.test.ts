import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** Which rooms each room may import from, besides itself. docs/architecture.md draws it. */
const ALLOWED: Record<string, string[]> = {
  'services/contract': [],
  'services/detector': ['services/contract'],
  'services/extra-fields': ['services/contract'],
  'services/notifier': ['services/contract'],
  'services/gateway': ['services/contract'],
  'services/authorizer': ['services/contract'],
  'infra/aws': ['services/contract'],
  'infra/emulator': [],
  'infra/cli': ['services/contract'],
  simulator: ['services/contract', 'infra/cli'],
  'infra/commands': ['services/contract', 'infra/cli'],
  'infra/local': ['services/contract', 'infra/cli', 'infra/emulator'],
};
const ROOMS = [...Object.keys(ALLOWED), 'test'];
ALLOWED.test = ROOMS;

/** Single files beyond that. docs/decisions/0021 and 0051 say why the backtest runs the detector's pure core. */
const ALLOWED_FILES: Record<string, string[]> = {
  'infra/aws': ['infra/cli/user-error.ts'],
  'services/gateway': ['program', 'user-error', 'arguments', 'interrupt'].map(
    (name) => `infra/cli/${name}.ts`,
  ),
  'infra/commands': [
    ...[
      ...[
        'aggregated',
        'compile',
        'fold',
        'incident-store',
        'memory',
        'model-store',
        'model-view',
        'over-conflicts',
        'presence',
      ],
      ...['site-model', 'site-news', 'site-work', 'watchdog/site-changes', 'history-query'],
    ].map((name) => `services/detector/${name}.ts`),
    // A deployment compares the settings of a stack, by the one table of them (0069).
    ...['changes', 'config', 'environments'].map((name) => `infra/aws/settings/${name}.ts`),
  ],
};

const SPECIFIER = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]/g;

interface Import {
  from: string;
  to: string;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourceFiles(path);
    return /\.(?:ts|mjs|js)$/.test(entry.name) ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(SPECIFIER)].map(([, specifier = '']) => ({
    from: file,
    to: relative(ROOT, resolve(ROOT, dirname(file), specifier)),
  }));
}

/** Every circle that the arrows form, each as `a → b → a`. */
function circlesOf(arrows: Import[]): string[] {
  const graph = new Map<string, string[]>();
  for (const { from, to } of arrows) {
    if (from !== to) graph.set(from, [...(graph.get(from) ?? []), to]);
  }
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (place: string, path: string[]) => {
    if (path.includes(place)) circles.push([...path.slice(path.indexOf(place)), place].join(' → '));
    if (done.has(place) || path.includes(place)) return;
    for (const next of graph.get(place) ?? []) visit(next, [...path, place]);
    done.add(place);
  };
  for (const place of graph.keys()) visit(place, []);
  return circles;
}

const roomOf = (file: string) => ROOMS.find((room) => file.startsWith(`${room}/`)) ?? '';
const files = ['infra', 'services', 'simulator', 'test'].flatMap(sourceFiles);
const imports = files.flatMap(importsOf);

describe('imports', () => {
  it('are found in the sources at all', () => {
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
    expect(circlesOf(imports)).toEqual([]);
  });

  it('form no circle between folders', () => {
    const between = imports.map(({ from, to }) => ({ from: dirname(from), to: dirname(to) }));
    expect(circlesOf(between.filter(({ from }) => !from.startsWith('test')))).toEqual([]);
  });
});
