/** A file with the id of the process that holds it, which of several processes one gets. */
import { constants, copyFileSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { OWNER_ONLY } from './modes.ts';

/**
 * Takes the file, also from a process that has ended without giving it back.
 * @returns undefined, or the living process that has it, or is just taking it over
 */
export function takeLock(file: string): number | undefined {
  // Complete before it has the name: another start never reads half of it, and takes that for nobody's.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid), { mode: OWNER_ONLY.file });
  try {
    return take(file, own);
  } finally {
    rmSync(own, { force: true });
  }
}

function take(file: string, own: string): number | undefined {
  while (!hasAppeared(own, file)) {
    const holder = holderOf(file);
    if (isAlive(holder)) return holder;
    const other = removeStale(file, own);
    if (other !== undefined) return other;
  }
  return undefined;
}

/**
 * Two starts may find the same file of a process that has ended. Were both to remove it, the later one would remove what
 * the first one has put in its place: so it takes a lock to remove it, and another look.
 */
function removeStale(file: string, own: string): number | undefined {
  const right = `${file}.stale`;
  const other = take(right, own);
  if (other !== undefined) return other;
  try {
    const holder = holderOf(file);
    if (isAlive(holder)) return holder;
    rmSync(file, { force: true });
    return undefined;
  } finally {
    rmSync(right, { force: true });
  }
}

/** What file systems without links say, such as exFAT. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** False where the file is there already. */
function hasAppeared(own: string, file: string): boolean {
  try {
    linkOrCopy(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function linkOrCopy(own: string, file: string): void {
  try {
    linkSync(own, file);
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    copyFileSync(own, file, constants.COPYFILE_EXCL);
  }
}

/** NaN where it has been given back meanwhile, or says nothing that is the id of a process. */
function holderOf(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8') || Number.NaN);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Number.NaN;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process exists, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
