/** A small JSON file of the runtime's own, read back at the next start. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';

/**
 * What the file holds; undefined when there is none yet.
 * @param otherwise says what the file was expected to be, and what to do, when it is something else
 * @throws SetupError
 */
export async function readStateFile<T extends z.ZodType>(
  file: string,
  schema: T,
  otherwise: string,
): Promise<z.infer<T> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
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
