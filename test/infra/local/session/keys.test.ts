import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FleetCommand } from '../../../../infra/cli/fleet-control.ts';
import { KEYS_HELP, type KeyOptions, startKeys } from '../../../../infra/local/session/keys.ts';

class Terminal extends EventEmitter {
  isTTY = true;
  raw = false;
  setRawMode = (raw: boolean) => {
    this.raw = raw;
  };
  resume() {}
  pause() {}
  press = (text: string) => this.emit('data', Buffer.from(text));
}

let terminal: Terminal;
let said: string[];
let sent: FleetCommand[];
let opened: string[];
let paused: boolean;
const quit = vi.fn();
const options = (): KeyOptions => ({
  input: terminal,
  url: 'http://127.0.0.1:1/',
  say: (text) => said.push(text),
  open: (url) => opened.push(url),
  quit,
  random: () => 0.5,
  fleet: () => ({
    state: () => ({ devices: 20, paused, running: true, episodes: [] }),
    async send(command) {
      sent.push(command);
      paused = command.type === 'pause';
      return undefined;
    },
  }),
});

beforeEach(() => {
  terminal = new Terminal();
  [said, sent, opened, paused] = [[], [], [], false];
  quit.mockClear();
});

describe('keys', () => {
  it('pause and resume the fleet', async () => {
    startKeys(options());
    terminal.press('p');
    await vi.waitFor(() => expect(said).toEqual([expect.stringContaining('paused')]));
    terminal.press('p');
    await vi.waitFor(() => expect(said.at(-1)).toBe('The fleet goes on.'));
    expect(sent).toEqual([{ type: 'pause' }, { type: 'resume' }]);
  });

  it('inject an anomaly into some device, open the page, list themselves and quit', async () => {
    startKeys(options());
    terminal.press('io?q');
    await vi.waitFor(() => expect(said.at(-1)).toContain('dev-11'));
    expect(sent).toMatchObject([{ type: 'inject', device_id: 'dev-11', kind: 'sustained' }]);
    expect(opened).toEqual(['http://127.0.0.1:1/']);
    expect(said).toEqual(expect.arrayContaining(KEYS_HELP));
    expect(quit).toHaveBeenCalledOnce();
    terminal.press('\u0003');
    expect(quit).toHaveBeenCalledTimes(2);
    terminal.press('x\u001b[A');
    expect(quit).toHaveBeenCalledTimes(2);
  });

  it('say so if there is no fleet', async () => {
    startKeys({ ...options(), fleet: () => undefined });
    terminal.press('p');
    await vi.waitFor(() => expect(said).toEqual([expect.stringContaining('--no-simulator')]));
  });

  it('do nothing without a terminal, and restore the terminal at the end', () => {
    const release = startKeys(options());
    expect(terminal.raw).toBe(true);
    release();
    expect(terminal.raw).toBe(false);
    expect(terminal.listenerCount('data')).toBe(0);
    terminal.isTTY = false;
    startKeys(options());
    expect([terminal.raw, terminal.listenerCount('data')]).toEqual([false, 0]);
  });
});
