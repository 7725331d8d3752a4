/** Space on the disk itself, which others fill too. `--spool-limit` knows nothing of it. */
import { statfsSync } from 'node:fs';

const MB = 2 ** 20;
/**
 * Left free: what waits can be sent only while its place can be noted, and what was sent makes space only as LevelDB writes
 * the rest anew.
 */
const LEFT_FREE = 64 * MB;
/** Of a small disk, half: LevelDB may write all that it has anew before it removes the old. */
const SHARE_OF_DISK = 2;
/** An answer counts for this long, in ms: less than the reserve is written meanwhile. */
const ASK_EVERY_MS = 250;

export interface Free {
  /** What a user who is not root may write, in bytes. */
  free: number;
  /** Of the whole disk. */
  size: number;
}

/** Nothing of what was to be stored is. */
export class DiskFull extends Error {
  constructor(free: number, left: number) {
    super(
      `The gateway's disk has ${(free / MB).toFixed(1)} MB free, of which it needs ${(left / MB).toFixed(1)} to send what waits, and takes no readings: free some, or give --spool another disk.`,
    );
  }
}

export class Room {
  readonly #ask: () => Free;
  #askedMs = Number.NEGATIVE_INFINITY;
  #disk: Free = UNTOLD;

  constructor(ask: () => Free) {
    this.#ask = ask;
  }

  /** Why nothing can be stored; undefined while there is space. */
  get shortage(): DiskFull | undefined {
    const nowMs = performance.now();
    if (nowMs - this.#askedMs >= ASK_EVERY_MS) {
      this.#askedMs = nowMs;
      this.#disk = this.#ask();
    }
    const { free, size } = this.#disk;
    const left = Math.min(LEFT_FREE, size / SHARE_OF_DISK);
    return free < left ? new DiskFull(free, left) : undefined;
  }
}

/** A file system that does not tell is written to until it refuses. */
const UNTOLD: Free = { free: Number.POSITIVE_INFINITY, size: Number.POSITIVE_INFINITY };

/** Of the disk that has this folder. Not asynchronous: what is stored would come out of its order. */
export function freeAt(folder: string): Free {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { free: bavail * bsize, size: blocks * bsize };
  } catch {
    return UNTOLD;
  }
}
