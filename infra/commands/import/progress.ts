/** How far an import came, beside its file. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { parseJson } from '../../../services/contract/json.ts';
import { UserError } from '../../cli/user-error.ts';

export interface Progress {
  /** When the import began, ms since the epoch. */
  startedMs: number;
  /** Records that are on the stream. */
  records: number;
  save(records: number): void;
}

const schema = z.object({ import: z.string(), startedMs: z.number(), records: z.int() });

/**
 * @param identity what makes it the same import: another file or mapping begins at its first record
 * @throws UserError for a file that is damaged
 */
export function openProgress(file: string, identity: readonly string[], now: () => number): Progress {
  const path = `${file}.import.json`;
  const id = createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 24);
  const stored = existsSync(path) ? read(path) : undefined;
  const { startedMs, records } = stored?.import === id ? stored : { startedMs: now(), records: 0 };
  return {
    ...{ startedMs, records },
    save(sent) {
      // In one piece, whatever ends the process.
      writeFileSync(`${path}.new`, JSON.stringify({ import: id, startedMs, records: sent }));
      renameSync(`${path}.new`, path);
    },
  };
}

function read(path: string): z.infer<typeof schema> {
  const stored = parseJson(readFileSync(path, 'utf8'), schema);
  if (stored) return stored;
  throw new UserError(
    `${path} is damaged: it should say how far the import came. Delete it to begin at the first record; readings that are in the lake already are then there twice, and once in readings_trusted.`,
  );
}
