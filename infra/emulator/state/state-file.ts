/** A small JSON file of the emulator's own, read back at the next start. It holds its own checksum. */
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';

const CHECKSUM = 'crc32';
const checked = z.looseObject({ [CHECKSUM]: z.string().optional() });

/** The text of such a file. */
export function stateText(state: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ ...state, [CHECKSUM]: checksumOf(state) }, null, 2)}\n`;
}

/**
 * The content of the file; undefined when there is no file yet. One of an earlier version has no checksum.
 * @param otherwise what to tell a person when the file is damaged or holds something else, and what to do about it
 * @throws SetupError
 */
export function readStateFile<T>(file: string, schema: z.ZodType<T>, otherwise: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { [CHECKSUM]: checksum, ...state } = checked.parse(JSON.parse(text));
    if (checksum !== undefined && checksum !== checksumOf(state)) throw new Error('The checksum is wrong');
    return schema.parse(state);
  } catch (cause) {
    throw new SetupError(otherwise, { cause });
  }
}

const checksumOf = (state: object) => crc32(JSON.stringify(state)).toString(16).padStart(8, '0');
