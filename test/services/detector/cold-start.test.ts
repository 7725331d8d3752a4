import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const STATIC = /^(?:import|export)(?! type)[^;]*?'([^']+)';/gm;

/** Everything that a file loads at once, each with the way to it. */
function loaded(url: URL, way: readonly string[] = [], known = new Map<string, string>()) {
  const name = url.pathname.replace(/.*\/services\//, '');
  if (known.has(url.href) || !url.pathname.endsWith('.ts')) return known;
  known.set(url.href, [...way, name].join(' → '));
  for (const [, specifier = ''] of readFileSync(fileURLToPath(url), 'utf8').matchAll(STATIC)) {
    if (specifier.startsWith('.')) loaded(new URL(specifier, url), [...way, name], known);
    else known.set(specifier, [...way, name, specifier].join(' → '));
  }
  return known;
}

it.each(['handler.ts', 'watchdog/handler.ts'])('%s loads no schemas at once', (entry) => {
  const all = loaded(new URL(`../../../services/detector/${entry}`, import.meta.url));
  expect(all.size).toBeGreaterThan(50);
  expect([...all].filter(([name]) => name.startsWith('zod')).map(([, way]) => way)).toEqual([]);
});
