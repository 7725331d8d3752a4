import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Gateway, startGateway, type WebHandler } from '../../../../infra/emulator/wire/gateway.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const GET = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

function open(port: number) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  onTestFinished(() => void socket.destroy());
  let received = Buffer.alloc(0);
  let ended = false;
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.on('close', () => {
    ended = true;
  });
  return { socket, received: () => received, ended: () => ended };
}

/** Each piece in a packet of its own. */
async function sendPieces(socket: Socket, pieces: (string | Buffer)[]) {
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('the protocol of a connection', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ port: 0, services: {}, web: (_, response) => response.end('a page') });
  });
  afterAll(() => gateway.close());

  it.each([
    { how: 'in one', pieces: [PREFACE, SETTINGS] },
    { how: 'with its settings', pieces: [Buffer.concat([Buffer.from(PREFACE), SETTINGS])] },
    { how: 'after P', pieces: ['P', PREFACE.slice(1), SETTINGS] },
    { how: 'after PR', pieces: ['PR', PREFACE.slice(2), SETTINGS] },
    { how: 'after PRI', pieces: ['PRI', PREFACE.slice(3), SETTINGS] },
    { how: 'byte by byte', pieces: [...PREFACE, ...[...SETTINGS].map((byte) => Buffer.of(byte))] },
  ])('is HTTP/2 for a preface that comes $how', async ({ pieces }) => {
    const { socket, received } = open(gateway.port);
    await sendPieces(socket, pieces);
    // Settings of the server, and its acknowledgement of ours.
    await vi.waitFor(() => expect(received().includes(Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]))).toBe(true));
    expect(received()[3]).toBe(4);
  });

  it.each([
    { how: 'in one', pieces: [GET] },
    { how: 'byte by byte', pieces: [...GET] },
    { how: 'as a method that begins as the preface', pieces: ['P', 'R', GET.replace('GET', 'OPFIND')] },
    { how: 'as POST after its P', pieces: ['P', GET.replace('GET', 'OST')] },
  ])('is HTTP/1 for a request line that comes $how', async ({ pieces }) => {
    const { socket, received } = open(gateway.port);
    await sendPieces(socket, pieces);
    await vi.waitFor(() => expect(received().toString()).toMatch(/^HTTP\/1.1 200 OK.*a page/s));
  });

  it.each(['', 'P', 'PR', 'PRI', PREFACE, 'GET / HTTP/1.1\r\nHos'])(
    'does not matter to a client that goes away after "%s"',
    async (begin) => {
      const { socket, ended } = open(gateway.port);
      socket.end(begin);
      await vi.waitFor(() => expect(ended()).toBe(true));
    },
  );

  it.each([
    [{ ':authority': 'evil.example', host: '127.0.0.1' }, 403],
    [{ ':authority': '127.0.0.1', host: 'evil.example' }, 403],
    [{ ':authority': 'localhost:1' }, 501],
  ])('is refused with %j', async (headers, status) => {
    const session = connectHttp2(gateway.endpoint);
    onTestFinished(() => session.destroy());
    const authorization = 'AWS4-HMAC-SHA256 Credential=a/20260131/us-east-1/x/aws4_request, Signature=0';
    const request = session.request({ ':path': '/', ...headers, authorization });
    expect(
      await new Promise((resolve) => request.on('response', (answer) => resolve(answer[':status']))),
    ).toBe(status);
  });
});

describe('a connection in time', () => {
  async function start(web: WebHandler = (_, response) => response.end('a page')) {
    const clock = new VirtualClock();
    const gateway = await startGateway({ port: 0, services: {}, web, clock });
    onTestFinished(() => gateway.close());
    return {
      clock,
      gateway,
      endsAfter: (ms: number, connection: ReturnType<typeof open>) => endsAfter(clock, ms, connection),
    };
  }

  /** Ends within a second of this time, and not before. */
  async function endsAfter(clock: VirtualClock, ms: number, { ended }: ReturnType<typeof open>) {
    await clock.advance(ms - 1000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended()).toBe(false);
    await clock.advance(1000);
    await vi.waitFor(() => expect(ended()).toBe(true));
  }

  it.each([
    { what: 'nothing', pieces: [] },
    { what: 'half a preface', pieces: ['PR'] },
    { what: 'half a request line', pieces: ['GET / HT'] },
    { what: 'headers that never end', pieces: [GET.slice(0, -2), 'X-A: 1\r\n'] },
    { what: 'an HTTP/2 preface and no request', pieces: [PREFACE, SETTINGS] },
  ])('ends after half a minute of $what', async ({ pieces }) => {
    const { clock, gateway, endsAfter } = await start();
    const connection = open(gateway.port);
    await sendPieces(connection.socket, pieces);
    await vi.waitFor(() => expect(clock.nextMs).toBe(30_000));
    await endsAfter(30_000, connection);
  });

  it('ends half a minute after its last request, whatever bytes come that are none', async () => {
    const { clock, gateway } = await start();
    const session = connectHttp2(gateway.endpoint);
    onTestFinished(() => session.destroy());
    await new Promise((resolve) => session.request({ ':path': '/' }).resume().on('end', resolve));
    await vi.waitFor(() => expect(clock.nextMs).toBe(30_000));
    await clock.advance(20_000);
    await new Promise((resolve) => session.ping(resolve));
    expect(clock.nextMs).toBe(10_000);
    await clock.advance(10_000);
    await vi.waitFor(() => expect(session.destroyed).toBe(true));
  });

  it('ends when the body of a request does not come', async () => {
    const { clock, gateway, endsAfter } = await start((request) => void request.resume());
    const connection = open(gateway.port);
    await sendPieces(connection.socket, ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n', 'half']);
    await vi.waitFor(() => expect(clock.nextMs).toBe(120_000));
    await endsAfter(120_000, connection);
  });

  it('ends when nobody reads the answer', async () => {
    const { clock, gateway } = await start((_, response) => response.end(Buffer.alloc(20_000_000)));
    const connection = open(gateway.port);
    connection.socket.pause();
    connection.socket.write(GET);
    await vi.waitFor(() => expect(clock.nextMs).toBe(120_000));
    await clock.advance(240_000);
    connection.socket.resume();
    await vi.waitFor(() => expect(connection.ended()).toBe(true));
    expect(connection.received().length).toBeLessThan(20_000_000);
  });

  it.each(['HTTP/1', 'HTTP/2'])('waits with %s for an answer as long as that takes', async (version) => {
    let answer = () => {};
    const { clock, gateway } = await start((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('first');
      answer = () => response.end('last');
    });
    const text =
      version === 'HTTP/1' ? fetch(gateway.endpoint).then((response) => response.text()) : overHttp2(gateway);
    await vi.waitFor(() => expect(clock.nextMs).toBe(120_000));
    await clock.advance(3_600_000);
    answer();
    expect(await text).toBe('firstlast');
  });

  function overHttp2({ endpoint }: Gateway): Promise<string> {
    const session = connectHttp2(endpoint);
    onTestFinished(() => session.destroy());
    const request = session.request({ ':path': '/' }).setEncoding('utf8');
    return request.toArray().then((chunks) => chunks.join(''));
  }
});
