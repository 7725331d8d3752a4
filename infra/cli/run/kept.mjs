// @ts-check
/** Programs in one piece each, below node_modules, and whether they are still what their sources would give. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
// In the project, so that the packages that are not bundled are found.
const CACHE = join(ROOT, 'node_modules/.cache/streamwatch');
/** Besides its sources: how it is made, and the packages, which npm lists here at each installation. */
const ALWAYS = ['infra/cli/run/bundle.ts', 'infra/cli/run/kept.mjs', 'node_modules/.package-lock.json'];
/** A session may run for days before it loads the last part of its program. */
const KEPT_MS = 7 * 86_400_000;

/** @param {string} program */
const nameOf = (program) => relative(ROOT, program).replaceAll('/', '-').replace(/\.ts$/, '');
/** @param {string} program */
const listOf = (program) => join(CACHE, `${nameOf(program)}.json`);
/** @param {string} program @param {string} digest */
const folderOf = (program, digest) => join(CACHE, `${nameOf(program)}-${digest}`);

/**
 * @param {string} program absolute path of its source
 * @returns {string | undefined} the folder with its main.mjs, if it is made of the sources as they are now
 */
export function keptProgram(program) {
  try {
    const { sources, digest } = JSON.parse(readFileSync(listOf(program), 'utf8'));
    const folder = folderOf(program, digest);
    return digestOf(sources) === digest && existsSync(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Written beside its place and then moved, the list of its sources last: another start may be doing the same.
 * @param {string} program
 * @param {{ files: { name: string, text: string }[], sources: string[] }} bundle sources are absolute paths
 * @param {number} sinceMs when bundling began
 * @returns {string} the folder
 * @throws when it cannot be written, or when a source has changed meanwhile: the digest would be of what is not in it
 */
export function keepProgram(program, { files, sources: paths }, sinceMs) {
  const sources = paths.map((path) => relative(ROOT, path)).sort();
  const digest = digestOf(sources);
  const changed = paths.find((path) => statSync(path).ctimeMs >= sinceMs);
  if (changed !== undefined) throw new Error(`${changed} has changed meanwhile`);
  const folder = folderOf(program, digest);
  const unfinished = `${folder}.${process.pid}`;
  const list = `${unfinished}.json`;
  try {
    mkdirSync(unfinished, { recursive: true });
    removeOld(`${nameOf(program)}-`);
    for (const { name, text } of files) writeFileSync(join(unfinished, name), text);
    moveUnlessThere(unfinished, folder);
    writeFileSync(list, JSON.stringify({ digest, sources }));
    renameSync(list, listOf(program));
  } catch (error) {
    // A full disk has no room for half a program.
    for (const path of [unfinished, list]) rmSync(path, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/**
 * By what they contain: a copy or a checkout may keep the times of files.
 * @param {string[]} sources
 */
function digestOf(sources) {
  const hash = createHash('sha256').update(ROOT);
  for (const path of [...ALWAYS, ...sources]) {
    hash.update(`\0${path}\0`).update(readFileSync(join(ROOT, path)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} from @param {string} folder */
function moveUnlessThere(from, folder) {
  try {
    renameSync(from, folder);
  } catch (error) {
    rmSync(from, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

/** @param {string} prefix */
function removeOld(prefix) {
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    const { mtimeMs = Date.now() } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (name.startsWith(prefix) && Date.now() - mtimeMs > KEPT_MS)
      rmSync(path, { recursive: true, force: true });
  }
}
