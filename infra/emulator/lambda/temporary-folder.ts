/** What stands for `/tmp` of one execution environment: a folder of its own, which ends with it. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OWNER_ONLY } from '../state/modes.ts';

export function makeTemporaryFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY.folder });
}

export function removeTemporaryFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Of all files in it. A file that vanishes meanwhile counts nothing. */
export function bytesIn(folder: string): number {
  // Most functions write nothing there: asked after every invocation, that is to cost little.
  if (readdirSync(folder).length === 0) return 0;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(
    ({ parentPath, name }) => statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
