/** Files that are there whole or not at all, whatever ends the process meanwhile. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a new file beside `path` and renames it. The temporary name starts with a dot, so that nothing which lists
 * the folder takes it for data.
 * @param durable also through a power cut (fsync), not only through a crash of the process
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { durable = false } = {},
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
