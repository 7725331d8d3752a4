/** One runtime at a time over one state folder: two would write the same stores. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../base/setup-error.ts';

/**
 * Takes the folder (and makes it). A lock left behind by a killed runtime is taken over.
 * @returns releases it
 * @throws SetupError when a living process holds it
 */
export function lockState(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new SetupError(`The state folder ${folder} cannot be made: ${(cause as Error).message}`, { cause });
  }
  const file = join(folder, 'lock');
  // Two attempts: the second after a stale lock is gone. `wx` makes sure that of two starters only one succeeds.
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
    // Not ours to signal means alive; only "no such process" means gone.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
