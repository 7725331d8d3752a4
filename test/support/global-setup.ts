/** Once before all tests: the template and the detector's bundle, and the programs that tests start. */
import { resolve } from 'node:path';
import { synthesizeIfNeeded } from '../../infra/cli/synth.ts';
import { keepPrograms } from './program-file.ts';
import { useRamDisk } from './ram-disk.ts';

export default async function setup(): Promise<() => void> {
  const removeTemporary = useRamDisk();
  await Promise.all([keepPrograms(), synthesizeIfNeeded(resolve(import.meta.dirname, '../..'), () => {})]);
  return removeTemporary;
}
