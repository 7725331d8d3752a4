/** Bodies of requests that say nothing of their length, or end before it. */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { expect, it, vi } from 'vitest';
import { openGateway } from './support/gateway.ts';
import { line } from './support/readings.ts';

const MEGABYTE = 1024 * 1024;
const PIECE = 'x'.repeat(64 * 1024);

async function open() {
  const { post, gateway } = await openGateway();
  const start = (): ClientRequest => {
    const sent = request({ port: gateway.http.port, host: '127.0.0.1', path: '/readings', method: 'POST' });
    return sent.on('error', () => undefined);
  };
  return { post, start };
}

it('takes a body in pieces, and refuses one as soon as it is too long', async () => {
  const { post, start } = await open();
  const whole = start();
  for (const piece of line(1).match(/.{1,10}/g) ?? []) whole.write(piece);
  whole.end();
  const [taken] = (await once(whole, 'response')) as [IncomingMessage];
  expect(taken.statusCode).toBe(204);

  const endless = start();
  for (let bytes = 0; bytes <= MEGABYTE; bytes += PIECE.length) endless.write(PIECE);
  const [refused] = (await once(endless, 'response')) as [IncomingMessage];
  expect([refused.statusCode, refused.headers.connection]).toEqual([413, 'close']);
  endless.destroy();
  expect((await post(line(2))).status).toBe(204);
});

it('holds nothing of requests that broke off', async () => {
  const { post, start } = await open();
  // Together as many bytes as it holds of all requests, so that it refuses another.
  const broken = Array.from({ length: 18 }, start);
  for (const one of broken) for (let bytes = 0; bytes < MEGABYTE; bytes += PIECE.length) one.write(PIECE);
  await vi.waitFor(async () => expect((await post(line(1))).status).toBe(503));
  for (const one of broken) one.destroy();
  await vi.waitFor(async () => expect((await post(line(1))).status).toBe(204));
});
