/** What stands for `/tmp` of one execution environment: a folder of its own, which ends with it. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OWNER_ONLY } from '../state/modes.ts';

/** On a disk that is full, the function runs without it. */
export function makeTemporaryFolder(folder: string): void {
  quietly(() => mkdirSync(folder, { recursive: true, mode: OWNER_ONLY.folder }));
}

export function removeTemporaryFolder(folder: string): void {
  quietly(() => rmSync(folder, { recursive: true, force: true }));
}

/** Of all files in it. A function may remove any of them, also while they are counted. */
export function bytesIn(folder: string): number {
  // Most functions write nothing there: asked after every invocation, that is to cost little.
  const names = quietly(() => readdirSync(folder)) ?? [];
  const entries = names.length > 0 ? quietly(() => readdirSync(folder, DEEP)) : undefined;
  const files = entries?.filter((entry) => entry.isFile()) ?? [];
  const sizes = files.map(
    ({ parentPath, name }) => quietly(() => statSync(join(parentPath, name)).size) ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const DEEP = { recursive: true, withFileTypes: true } as const;

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
