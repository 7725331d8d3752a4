/** What must survive a power cut, and not only the end of the process. */
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OWNER_ONLY } from './modes.ts';

/** Resolves when the content of a file, or the names in a folder, are on the disk. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the folder and those above it. A new one is there after a power cut only when its parent was synchronized. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: OWNER_ONLY.folder });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await sync(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}
