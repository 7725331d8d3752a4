/** Files that exist either complete or not at all, even if the process ends during the write. */
import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OWNER_ONLY } from './modes.ts';
import { makeFolder, sync } from './sync.ts';

/**
 * Writes a new file next to `path` and renames it. The temporary name starts with a dot, so that nothing that lists the
 * folder takes it for data.
 * @param durable whether the file must also survive a power cut (fsync of file and folder), not only a crash of the process
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { durable = false } = {},
): Promise<void> {
  const folder = dirname(path);
  await (durable ? makeFolder(folder) : mkdir(folder, { recursive: true, mode: OWNER_ONLY.folder }));
  const temporary = join(folder, `.${basename(path)}.${randomUUID()}`);
  try {
    const file = await open(temporary, 'wx', OWNER_ONLY.file);
    try {
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    if (durable) await sync(folder);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The same for a small file, synchronously and not durable. */
export function writeFileAtomicSync(path: string, content: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  try {
    writeFileSync(temporary, content, { mode: OWNER_ONLY.file });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
