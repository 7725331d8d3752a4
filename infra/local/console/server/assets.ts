/** The page's own files, and uPlot's from its package. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { Answer } from './http.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const OWN = join(import.meta.dirname, '../page');
export const INDEX_FILE = join(OWN, 'index.html');

/** Path of the page → file. The first page is `/`, the others are `/assets/NAME`. */
export function assetFiles(): Map<string, string> {
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot'));
  const own = readdirSync(OWN).filter((name) => extname(name) in TYPES);
  const files = new Map(own.map((name) => [`/assets/${name}`, join(OWN, name)]));
  files.set('/', INDEX_FILE);
  for (const name of ['uPlot.iife.min.js', 'uPlot.min.css']) files.set(`/assets/${name}`, join(uplot, name));
  return files;
}

/** Reads the file for each request, so that a change to the page needs only a reload. */
export const assetAnswer = (file: string): Answer => ({
  status: 200,
  type: TYPES[extname(file)] ?? 'application/octet-stream',
  body: readFileSync(file),
});
