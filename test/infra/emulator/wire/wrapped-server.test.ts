import { execFile } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { createServer, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { wrapServer } from '../../../../infra/emulator/wire/wrapped-server.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const request = {
  service: 'x',
  operation: 'Get',
  method: 'POST',
  url: '/',
  headers: {},
  body: Buffer.from('{}'),
};

it('closes its store only when the emulator has done its work, even for a caller who has gone, and takes no more', async () => {
  let finish = () => {};
  const server = createServer((_, response) => {
    finish = () => response.end('done');
  });
  // Where closing the store begins.
  const listen = vi.spyOn(server, 'listen');
  const emulator = wrapServer(server);
  const response = new ServerResponse({} as IncomingMessage);
  const handled = emulator.handle(request, response);
  response.emit('close');
  await handled;

  const closing = emulator.close();
  await expect(emulator.handle(request, response)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  await new Promise(setImmediate);
  expect(listen).not.toHaveBeenCalled();
  finish();
  await closing;
  expect(listen).toHaveBeenCalledOnce();
});

it('closes its store without a request that has no end, after two seconds', async () => {
  const clock = new VirtualClock();
  const server = createServer(() => {});
  const listen = vi.spyOn(server, 'listen');
  const emulator = wrapServer(server, clock);
  const response = new ServerResponse({} as IncomingMessage);
  void emulator.handle(request, response);
  const closing = emulator.close();
  await clock.advance(1999);
  expect(listen).not.toHaveBeenCalled();
  await clock.advance(1);
  await closing;
});

it('keeps the process alive until it is closed, though nothing else does', async () => {
  const script = `
    import { createServer, ServerResponse } from 'node:http';
    import { wrapServer } from './infra/emulator/wire/wrapped-server.ts';
    const emulator = wrapServer(createServer(() => {}));
    const request = { service: 'x', operation: 'Get', method: 'POST', url: '/', headers: {}, body: Buffer.from('{}') };
    void emulator.handle(request, new ServerResponse({}));
    emulator.close().then(() => console.log('closed'));`;
  const node = promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    script,
  ]);
  expect((await node).stdout).toBe('closed\n');
});
