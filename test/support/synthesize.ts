/** Once before all tests: the template and the detector's bundle, which tests of the local runtime read. */
import { resolve } from 'node:path';
import { synthesizeIfNeeded } from '../../infra/cli/synth.ts';

export default async function setup(): Promise<void> {
  await synthesizeIfNeeded(resolve(import.meta.dirname, '../..'), () => {});
}
