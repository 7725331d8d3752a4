/** Reading and writing again where somebody else has written in between. */
import { VersionConflict } from './incident-store.ts';

/** A conflict needs another writer each time: more in a row is not a race but a fault. */
export const MAX_CONFLICTS = 5;

/**
 * Repeats an attempt to write as long as it meets a {@link VersionConflict}.
 * @param attempt told whether it is a repetition: what was read before is out of date then
 */
export async function overConflicts<T>(attempt: (isAgain: boolean) => Promise<T>): Promise<T> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      return await attempt(conflicts > 0);
    } catch (error) {
      if (!(error instanceof VersionConflict) || conflicts === MAX_CONFLICTS) throw error;
    }
  }
}
