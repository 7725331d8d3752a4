import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bundleGateway } from '../../../services/gateway/bundle/bundle.ts';

it('the bundle runs alone, in a folder without packages, and has its store in it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'gateway.mjs');
  await bundleGateway(file);
  const run = (...argv: string[]) =>
    spawnSync(file, argv, {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, STATE_DIRECTORY: folder },
    });
  expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--spool-limit') });
  expect(run('--keys', 'nowhere')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /^nowhere\/\S+ is missing\. Make the folder with: npm run enroll -- SITE\n$/,
    ),
  });
  expect(run('--keys', 'nowhere', '--listen', '0.0.0.0:8080')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('lets everybody on that network send readings'),
  });
});
