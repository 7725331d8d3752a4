import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openLogFile } from '../../../../infra/emulator/lambda/log-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'log-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.skipIf(process.platform !== 'linux')(
  'a full disk loses log lines, says so once, and throws nothing',
  () => {
    const said: string[] = [];
    const log = openLogFile('/dev/full', undefined, (text) => said.push(text));
    for (let i = 0; i < 3; i += 1) {
      log.line('one');
      log.line('two');
      log.flush();
    }
    expect(said).toEqual([
      '/dev/full cannot be written: the disk is full: free some space. Log lines are lost, and nothing else.',
    ]);
  },
);

it('goes on when the file can be written again, and says in it how many lines are missing', () => {
  const said: string[] = [];
  const inTheWay = join(folder, 'logs');
  writeFileSync(inTheWay, '');
  const file = join(inTheWay, 'probe.log');
  const log = openLogFile(file, undefined, (text) => said.push(text));
  log.line('lost');
  log.flush();
  rmSync(inTheWay);
  log.line('kept');
  log.flush();
  expect(readFileSync(file, 'utf8')).toBe('\n1 log lines before this one are lost\nkept\n');
  expect(said[1]).toBe(`${file} is written again; 1 log lines are lost, and nothing else.`);
});
