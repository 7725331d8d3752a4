import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { bundleProgram } from '../../../../infra/cli/run/bundle.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');

it('leaves out what a program does not use of zod, most of it', async () => {
  const { files } = await bundleProgram(resolve(ROOT, 'infra/emulator/base/parse-json.ts'));
  const text = files.find(({ name }) => name === 'main.mjs')?.text ?? '';
  expect(text).toContain('safeParse');
  // As it is, 250 KB; whole, 750.
  expect(text.length).toBeLessThan(400_000);
});
