/** One emulator at a time per state folder: two would write to the same stores. */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../base/setup-error.ts';
import { whyNotWritten } from './disk-problem.ts';
import { OWNER_ONLY } from './modes.ts';

/**
 * Creates and locks the folder. A lock that a killed process has left is taken over.
 * @returns a function that releases the lock
 * @throws SetupError when another process holds the lock
 */
export function lockState(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY.folder });
  } catch (cause) {
    throw new SetupError(`The state folder ${folder} cannot be made: ${whyNotWritten(cause)}`, { cause });
  }
  const file = join(folder, 'lock');
  // A second attempt follows the removal of a stale lock. With `wx`, only one of two concurrent starts succeeds.
  for (const last of [false, true]) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx', mode: OWNER_ONLY.file });
      closeToOthers(folder);
      return () => rmSync(file, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new SetupError(`The state folder ${folder} cannot be written: ${whyNotWritten(cause)}`, {
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

/** The folders of the services. An earlier version made them readable for everybody. */
const FOLDERS = ['kinesis', 'dynamodb', 'firehose', 's3', 'mail', 'logs', 'functions', 'checkpoints'];

function closeToOthers(folder: string): void {
  for (const name of FOLDERS) {
    const path = join(folder, name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) chmodSync(path, OWNER_ONLY.folder);
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
