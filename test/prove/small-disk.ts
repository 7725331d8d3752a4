/** A real disk of a few megabytes, to be filled to its last byte. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A scenario that this machine or user cannot play. The message says why. */
export class NotHere extends Error {}

export interface SmallDisk {
  /** Leaves no byte free. */
  fill(): void;
  free(): void;
  remove(): void;
}

/** @throws NotHere */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const options = `size=${megabytes}m,mode=0700`;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    const why = (error as { stderr?: Buffer }).stderr?.toString().trim() ?? (error as Error).message;
    throw new NotHere(`a small disk is mounted by root on Linux only: ${why}`);
  }
  const filler = join(folder, 'filler');
  return {
    fill() {
      for (const block of [1024 * 1024, 4096]) {
        while (freeBytes(folder) > 0) {
          try {
            writeFileSync(filler, Buffer.alloc(block), { flag: 'a' });
          } catch {
            break;
          }
        }
      }
    },
    free: () => rmSync(filler, { force: true }),
    remove: () => void execFileSync('umount', ['-l', folder]),
  };
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
