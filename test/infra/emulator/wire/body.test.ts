import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BodyPool } from '../../../../infra/emulator/wire/body.ts';
import { type Gateway, startGateway } from '../../../../infra/emulator/wire/gateway.ts';

const MB = 1024 * 1024;
let gateway: Gateway;
/** The memory of each body that was answered. */
const memories = new Set<ArrayBufferLike>();

const echo = {
  needs: () => undefined,
  async handle({ body }: { body: Buffer }, response: { end(body: Buffer): void }) {
    memories.add(body.buffer);
    response.end(Buffer.from(body));
  },
};

beforeAll(async () => {
  const services = { kinesis: { ...echo, leavesBody: true as const }, s3: echo };
  gateway = await startGateway({ port: 0, services, web: (_, response) => response.end() });
});
afterAll(() => gateway.close());

interface Sent {
  service?: string;
  body: Buffer;
  /** Without the length: in chunks. */
  isChunked?: boolean;
}

async function send({ service = 'kinesis', body, isChunked = false }: Sent): Promise<[number?, Buffer?]> {
  const authorization = `AWS4-HMAC-SHA256 Credential=a/20260131/us-east-1/${service}/aws4_request, Signature=0`;
  return new Promise((resolve, reject) => {
    const headers = { authorization, ...(!isChunked && { 'content-length': body.length }) };
    const sent = request(gateway.endpoint, { method: 'POST', headers }, (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve([response.statusCode, Buffer.concat(chunks)]));
    });
    sent.on('error', reject);
    for (let at = 0; at < body.length; at += MB / 4) sent.write(body.subarray(at, at + MB / 4));
    sent.end();
  });
}

const bodyOf = (length: number, fill: number) => Buffer.alloc(length, fill);

it.each([0, 1, 70_000, 3 * MB])('arrives whole, with its length or in chunks: %i bytes', async (length) => {
  const body = bodyOf(length, 7);
  for (const service of ['kinesis', 's3']) {
    for (const isChunked of [false, true]) {
      const [status, answer] = await send({ service, body, isChunked });
      expect([status, answer?.equals(body)]).toEqual([200, true]);
    }
  }
});

it('is refused where it is too large, announced or not', async () => {
  for (const isChunked of [false, true]) {
    const [status, answer] = await send({ body: bodyOf(17 * MB, 1), isChunked });
    expect([status, String(answer)]).toEqual([413, expect.stringContaining('16777216 bytes')]);
  }
});

it('has memory that was used before, unless its service keeps it, and never that of a body under way', async () => {
  const inTurn = async (service: string) => {
    memories.clear();
    for (let fill = 0; fill < 4; fill += 1) await send({ service, body: bodyOf(MB, fill) });
    return memories.size;
  };
  expect(await inTurn('kinesis')).toBe(1);
  expect(await inTurn('s3')).toBe(4);
  const fills = [1, 2, 3, 4, 5, 6];
  const answers = await Promise.all(fills.map((fill) => send({ body: bodyOf(MB + fill, fill) })));
  for (const [i, [, answer]] of answers.entries()) {
    expect(answer?.equals(bodyOf(MB + i + 1, i + 1))).toBe(true);
  }
});

it('takes back only its own memory, and not more than it may keep', () => {
  const pool = new BodyPool();
  const foreign = Buffer.alloc(MB);
  pool.giveBack(foreign);
  expect(pool.take(MB).buffer).not.toBe(foreign.buffer);
  const taken = Array.from({ length: 20 }, () => pool.take(MB));
  for (const one of taken) pool.giveBack(one);
  const again = Array.from({ length: 20 }, () => pool.take(MB).buffer);
  expect(taken.filter(({ buffer }) => again.includes(buffer))).toHaveLength(16);
});
