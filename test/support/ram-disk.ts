/**
 * Temporary files of the tests in memory, where there is room: every write of the emulator waits for the disk, and a test
 * proves nothing by waiting with it. Those about full disks and real ones make their own.
 */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** Linux has one everywhere; in a container it may be too small. */
const RAM_DISK = '/dev/shm';
const ENOUGH_BYTES = 4e9;

/** Sets TMPDIR for this process and its children. Returns what removes everything in it. */
export function useRamDisk(): () => void {
  if (!hasRoom()) return () => {};
  const folder = mkdtempSync(join(RAM_DISK, 'streamwatch-tests-'));
  process.env.TMPDIR = folder;
  // Browsers end with their workers, but not at once, and write to their profiles until then.
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 });
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(RAM_DISK);
    return bavail * bsize >= ENOUGH_BYTES;
  } catch {
    return false;
  }
}
