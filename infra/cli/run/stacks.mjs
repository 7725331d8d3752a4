// @ts-check
/**
 * Stack traces name the sources. Node.js' own `--enable-source-maps` reads the maps, some megabytes, at each start; here they
 * are read when a stack is first looked at.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { basename, join, resolve } from 'node:path';

/** @param {string} folder of a program, with a map beside each file */
export function mapStacks(folder) {
  const place = new RegExp(`file://[^\\s()]*/${basename(folder)}/([\\w.-]+\\.mjs):(\\d+):(\\d+)`);
  /** @type {Map<string, SourceMap | undefined>} */
  const maps = new Map();
  /** @param {string} given @param {string} file @param {string} line @param {string} column */
  const sourceOf = (given, file, line, column) => {
    if (!maps.has(file)) maps.set(file, readMap(join(folder, `${file}.map`)));
    const {
      originalSource,
      originalLine = 0,
      originalColumn = 0,
    } = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1) ?? {};
    if (originalSource === undefined) return given;
    return `${resolve('/', decoded(originalSource))}:${originalLine + 1}:${originalColumn + 1}`;
  };
  Error.prepareStackTrace = (error, frames) =>
    [headOf(error), ...frames.map((frame) => `    at ${String(frame).replace(place, sourceOf)}`)].join('\n');
}

/** Undefined where somebody has removed it. @param {string} file */
function readMap(file) {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** A path of a map, where letters beyond ASCII are those of a URL. @param {string} path */
function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The first line, also of an error whose own `toString` fails. @param {unknown} error */
function headOf(error) {
  try {
    return String(error);
  } catch {
    return '<error>';
  }
}
