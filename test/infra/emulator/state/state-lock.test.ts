import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockState } from '../../../../infra/emulator/state/state-lock.ts';

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
