/** Once before all tests: the template and the detector's bundle, and the programs that tests start. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesizeIfNeeded } from '../../infra/cli/synth.ts';
import { keepPrograms } from './keep-programs.ts';
import { useRamDisk } from './ram-disk.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the templates that this run has synthesized. */
    templates: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => void> {
  const removeTemporary = useRamDisk();
  const templates = mkdtempSync(join(tmpdir(), 'streamwatch-templates-'));
  provide('templates', templates);
  await Promise.all([keepPrograms(), synthesizeIfNeeded(resolve(import.meta.dirname, '../..'), () => {})]);
  return () => {
    rmSync(templates, { recursive: true });
    removeTemporary();
  };
}
