/**
 * What devices sent by MQTT and could not be taken. MQTT has no way to say so in a manner that devices understand: they
 * would send it again without end. So it is acknowledged, counted, and kept here for a person to look at.
 */
import { appendFile, rename, stat } from 'node:fs/promises';

/** Of the file, before it becomes `….1` and another is begun. */
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_KEPT_CHARACTERS = 1000;

export interface Rejected {
  topic: string;
  reason: string;
  payload: string;
}

export type KeepRejected = (rejected: Rejected) => Promise<void>;

export function keepRejectedIn(file: string, now: () => number): KeepRejected {
  return async ({ topic, reason, payload }) => {
    const kept = payload.slice(0, MAX_KEPT_CHARACTERS);
    const line = `${JSON.stringify({ at: new Date(now()).toISOString(), topic, reason, payload: kept })}\n`;
    // Not worth failing for: the count has been made.
    await write(file, line).catch(() => {});
  };
}

async function write(file: string, line: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size + line.length > MAX_FILE_BYTES) await rename(file, `${file}.1`);
  await appendFile(file, line);
}
