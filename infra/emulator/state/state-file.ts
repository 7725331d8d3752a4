/** A small JSON file of the emulator's own, read back at the next start. */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';

/**
 * The content of the file; undefined when there is no file yet.
 * @param otherwise what to tell a person when the file holds something else, and what to do about it
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
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SetupError(otherwise, { cause });
  }
}
