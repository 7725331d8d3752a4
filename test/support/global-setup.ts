/** Once before all tests: the template and the detector's bundle, and the programs that tests start. */
import { resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { synthesizeIfNeeded } from '../../infra/cli/synth.ts';
import { bundlePrograms } from './bundle-programs.ts';
import { useRamDisk } from './ram-disk.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the bundled programs. */
    programs: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const removeTemporary = useRamDisk();
  const [programs] = await Promise.all([
    bundlePrograms(),
    synthesizeIfNeeded(resolve(import.meta.dirname, '../..'), () => {}),
  ]);
  project.provide('programs', programs);
  return removeTemporary;
}
