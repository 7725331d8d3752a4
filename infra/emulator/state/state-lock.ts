/** One emulator at a time per state folder: two would write to the same stores. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../base/setup-error.ts';

/**
 * Creates and locks the folder. A lock that a killed process has left is taken over.
 * @returns a function that releases the lock
 * @throws SetupError when another process holds the lock
 */
export function lockState(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new SetupError(`The state folder ${folder} cannot be made: ${(cause as Error).message}`, { cause });
  }
  const file = join(folder, 'lock');
  // A second attempt follows the removal of a stale lock. With `wx`, only one of two concurrent starts succeeds.
  for (const last of [false, true]) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new SetupError(`The state folder ${folder} cannot be written: ${(cause as Error).message}`, {
          cause,
        });
      }
      const holder = Number(readFileSync(file, 'utf8'));
      if (last || isAlive(holder)) {
        throw new SetupError(`Process ${holder} already runs on ${folder}.`, { choose: 'folder' });
      }
      rmSync(file, { force: true });
    }
  }
  throw new SetupError(`The state folder ${folder} is contended. Try again.`);
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
