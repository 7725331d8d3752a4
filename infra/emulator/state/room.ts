/**
 * Keeps some room free on the disk of the state. LevelDB, in which the tables are kept, cannot be trusted after a
 * write that failed; and what was accepted before needs room to be evaluated, delivered and mailed.
 */
import { statfsSync } from 'node:fs';
import { SetupError } from '../base/setup-error.ts';

const MB = 1024 * 1024;
/** Of a small disk, an eighth. */
const KEPT_FREE = 32 * MB;
const SHARE_OF_DISK = 8;

interface RoomOptions {
  folder: string;
  /** Refused while there is less than this part of the room that is kept free: 1 for all of it. */
  share: number;
  /** What is refused, such as `the stream takes no more records`. */
  refused: string;
  warn(text: string): void;
}

/** @returns a function that says why a write is refused now; undefined while there is room */
export function watchRoom({ folder, share, refused, warn }: RoomOptions): () => string | undefined {
  let short = false;
  return () => {
    const { free, kept } = measure(folder);
    if (free >= kept * share) {
      if (short) warn(`${folder}: there is room again, and the writes that were refused are taken.`);
      short = false;
      return undefined;
    }
    const text = `${folder}: the disk is full (${(free / MB).toFixed(1)} MB free), so ${refused}. Nothing accepted is lost: free some space, and it goes on.`;
    if (!short) warn(text);
    short = true;
    return text;
  };
}

/** Part of what is kept free: enough for what was accepted before. */
export const ROOM_TO_FINISH = 1 / 4;

/** @throws SetupError where nothing could be written */
export function mustHaveRoom(folder: string): void {
  const { free, kept } = measure(folder);
  if (free >= kept * ROOM_TO_FINISH) return;
  const needed = ((kept * ROOM_TO_FINISH) / MB).toFixed(1);
  throw new SetupError(
    `${folder}: the disk is full (${(free / MB).toFixed(1)} MB free, ${needed} MB needed). Nothing is lost: free some space and start again.`,
  );
}

function measure(folder: string): { free: number; kept: number } {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { free: bavail * bsize, kept: Math.min(KEPT_FREE, (blocks * bsize) / SHARE_OF_DISK) };
  } catch {
    // A file system that does not tell is written to until it refuses.
    return { free: Number.POSITIVE_INFINITY, kept: 0 };
  }
}
