import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockState } from '../../../../infra/emulator/state/state-lock.ts';

/** More than a process can have. */
const STALE = 999_999_999;

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'lock-'));
  folder = join(parent, 'state');
});
afterEach(() => rmSync(parent, { recursive: true }));

describe('lockState', () => {
  it('creates the folder, holds it for this process and releases it', () => {
    const release = lockState(folder);
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe(String(process.pid));
    release();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it('refuses a folder that a living process holds, and says which', () => {
    lockState(folder);
    writeFileSync(join(folder, 'lock'), String(process.ppid));
    expect(() => lockState(folder)).toThrow(`Process ${process.ppid} already runs on ${folder}`);
  });

  it.each(['999999999', 'nonsense', ''])('takes over what a killed runtime left behind: "%s"', (left) => {
    lockState(folder)();
    writeFileSync(join(folder, 'lock'), left);
    lockState(folder);
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe(String(process.pid));
  });

  it('leaves alone what another start has put in the place of a stale lock since it was read', () => {
    lockState(folder)();
    const file = join(folder, 'lock');
    writeFileSync(file, String(STALE));
    const kill = vi.spyOn(process, 'kill').mockImplementation((pid) => {
      if (pid !== STALE) return true;
      // In this very moment the other one is quicker.
      rmSync(file);
      writeFileSync(file, String(process.ppid));
      throw Object.assign(new Error('no such process'), { code: 'ESRCH' });
    });
    expect(() => lockState(folder)).toThrow(`Process ${process.ppid} already runs on ${folder}`);
    kill.mockRestore();
    expect(readFileSync(file, 'utf8')).toBe(String(process.ppid));
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('is taken over, although one that took it over before was killed half-way', () => {
    lockState(folder)();
    for (const name of ['lock', 'lock.stale', 'lock.stale.stale'])
      writeFileSync(join(folder, name), String(STALE));
    lockState(folder);
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('is of one of many that start at once on a stale lock', async () => {
    lockState(folder)();
    writeFileSync(join(folder, 'lock'), String(STALE));
    const module = pathToFileURL(
      resolve(import.meta.dirname, '../../../../infra/emulator/state/state-lock.ts'),
    ).href;
    const program = `
      import { lockState } from '${module}';
      process.stdout.write('ready ');
      process.stdin.once('data', () => {
        try { lockState(${JSON.stringify(folder)}); process.stdout.write('mine'); } catch { process.stdout.write('no'); }
        process.stdin.on('end', () => process.exit());
      });`;
    const starts = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const next = () => Promise.all(starts.map(async ({ stdout }) => String((await once(stdout, 'data'))[0])));
    await next();
    const answers = next();
    for (const { stdin } of starts) stdin.write('go');
    expect((await answers).sort()).toEqual(['mine', 'no', 'no', 'no']);
    const ended = starts.map((start) => once(start, 'close'));
    for (const { stdin } of starts) stdin.end();
    await Promise.all(ended);
  });

  it('is for its owner only', () => {
    lockState(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'lock')).mode & 0o777).toBe(0o600);
  });

  it('closes the folders of an earlier version, and leaves alone what is not its own', () => {
    for (const name of ['mail', 'src']) mkdirSync(join(folder, name), { recursive: true, mode: 0o755 });
    lockState(folder);
    const modes = ['mail', 'src'].map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o755]);
  });

  it('says in one sentence why a folder cannot be used', () => {
    writeFileSync(folder, 'a file');
    expect(() => lockState(folder)).toThrow(/The state folder .* cannot be made/);
  });
});
