/** One emulator at a time per state folder: two would write to the same stores. */
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../base/setup-error.ts';
import { whyNotWritten } from './disk-problem.ts';
import { takeLock } from './lock-file.ts';
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
  try {
    const holder = takeLock(file);
    if (holder !== undefined)
      throw new SetupError(`Process ${holder} already runs on ${folder}.`, { choose: 'folder' });
  } catch (cause) {
    if (cause instanceof SetupError) throw cause;
    throw new SetupError(`The state folder ${folder} cannot be written: ${whyNotWritten(cause)}`, { cause });
  }
  closeToOthers(folder);
  return () => rmSync(file, { force: true });
}

/** The folders of the services. An earlier version made them readable for everybody. */
const FOLDERS = ['kinesis', 'dynamodb', 'firehose', 's3', 'mail', 'logs', 'functions', 'checkpoints'];

function closeToOthers(folder: string): void {
  for (const name of FOLDERS) {
    const path = join(folder, name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) chmodSync(path, OWNER_ONLY.folder);
  }
}
