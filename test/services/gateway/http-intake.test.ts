import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readDevices } from '../../../services/gateway/intake/devices.ts';
import { explainUnread } from '../../../services/gateway/intake/not-http.ts';
import { fakeCloud, openGateway, temporaryFolder, UNREACHABLE } from './support/gateway.ts';
import { line, reading, readingsIn, seqsIn } from './support/readings.ts';

const login = (user: string) => ({
  headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
});
const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => line(from + i)).join('\n');

describe('POST /readings', () => {
  it('takes JSON lines, an array, or one reading, and sends them in order as readings of the site', async () => {
    const { post, cloud } = await openGateway();
    for (const body of [`${line(1)}\n${line(2)}\n`, [reading(3), reading(4)], reading(5)]) {
      expect((await post(body)).status).toBe(204);
    }
    await vi.waitFor(() => expect(seqsIn(...cloud.records)).toEqual([1, 2, 3, 4, 5]));
    expect(readingsIn(...cloud.records).every(({ site_id }) => site_id === 'plant-1')).toBe(true);
  });

  it('stores what is a reading, and says which line is none', async () => {
    const { post, cloud } = await openGateway();
    const answer = await post(`${line(1)}\n\n{"device_id":"d1"}\n${line(2)}\nnonsense`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: expect.stringMatching(/^Line 3: seq, timestamp: missing; .* Add these fields to each line\.$/),
      stored: 2,
      refused: 2,
      lines: [{ line: 3 }, { line: 5, reason: expect.stringContaining('not JSON') }],
    });
    await vi.waitFor(() => expect(seqsIn(...cloud.records)).toEqual([1, 2]));
  });

  it('quotes nothing of an array that is not JSON, neither to its sender nor in its state', async () => {
    const { post, gateway } = await openGateway();
    const answer = await post('[{"device_id": "d1", "note": secret}]');
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(
      /Line 1: Expected a JSON array.*Send an array, or one reading a line\./,
    );
    expect((await gateway.status()).lastRefusal).toMatch(/^Expected a JSON array(?!.*secret)/);
  });

  it('says what is expected of a request', async () => {
    const { post, gateway } = await openGateway();
    const at = (path: string, init?: RequestInit) =>
      fetch(`http://127.0.0.1:${gateway.http.port}${path}`, init);
    expect((await post('')).status).toBe(400);
    expect((await at('/readings')).status).toBe(405);
    expect((await at('/elsewhere')).status).toBe(404);
    expect((await at('/status', { method: 'HEAD' })).status).toBe(200);
    expect((await post('x'.repeat(1_100_000))).status).toBe(413);
    const packed = await post(line(1), { headers: { 'content-encoding': 'gzip' } });
    expect([packed.status, await packed.json()]).toEqual([
      415,
      { error: 'Expected readings that are not compressed, got content-encoding gzip.' },
    ]);
    for (const body of [line(1), `[${line(2)}]`]) expect((await post(`\uFEFF${body}`)).status).toBe(204);
    expect((await post(line(1))).status).toBe(204);
  });

  it('takes nothing from a page that a browser shows, unless it has a password', async () => {
    const file = join(temporaryFolder(), 'devices.txt');
    writeFileSync(file, 'd1:secret\n');
    const open = await openGateway();
    const page = { headers: { origin: 'https://example.com', 'content-type': 'text/plain' } };
    const answer = await open.post(line(1), page);
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { error: 'Expected a device, got a web page, which sends no readings without a password.' },
    ]);
    const closed = await openGateway({ authenticate: readDevices(file) });
    const { authorization } = login('d1:secret').headers;
    expect((await closed.post(line(1), { headers: { ...page.headers, authorization } })).status).toBe(204);
  });

  it('refuses all readings of a request when the space is used up, and takes them when there is space', async () => {
    const cloud = fakeCloud();
    cloud.problem = UNREACHABLE;
    const { post, gateway } = await openGateway({ spoolLimitBytes: 16_000 }, cloud);
    expect((await post(lines(0, 100))).status).toBe(204);
    const refused = await post(lines(100, 100));
    expect(refused.status).toBe(507);
    expect(await refused.json()).toEqual({
      error: expect.stringContaining('None of the 100 readings is stored'),
    });
    expect((await gateway.status()).warnings).toEqual([expect.stringContaining('--spool-limit')]);

    cloud.problem = undefined;
    await vi.waitFor(() => expect(seqsIn(...cloud.records)).toHaveLength(100));
    await vi.waitFor(async () => expect((await post(lines(100, 100))).status).toBe(204));
    await vi.waitFor(() =>
      expect(seqsIn(...cloud.records)).toEqual(Array.from({ length: 200 }, (_, i) => i)),
    );
  });

  it('asks a device on the network for its password, and takes only its own readings', async () => {
    const file = join(temporaryFolder(), 'devices.txt');
    writeFileSync(file, '# the north hall\nd1:secret:with colon\n*:shared\n');
    const { post, gateway } = await openGateway({ authenticate: readDevices(file) });
    expect((await post(line(1))).status).toBe(401);
    expect((await post(line(1), login('d1:wrong'))).status).toBe(401);
    expect(await gateway.status()).toMatchObject({ denied: 2 });
    expect((await post(line(1), login('d1:secret:with colon'))).status).toBe(204);
    expect((await post(line(1, 'd2'), login('d2:shared'))).status).toBe(204);
    const foreign = await post(line(1, 'd2'), login('d1:shared'));
    expect(foreign.status).toBe(400);
    expect(await foreign.json()).toMatchObject({
      error: expect.stringContaining('got one of d2'),
      stored: 0,
    });
  });
});

it('does not send what waits under the name of another site', async () => {
  const spool = temporaryFolder();
  const cloud = fakeCloud();
  cloud.problem = UNREACHABLE;
  const first = await openGateway({ spool }, cloud);
  await first.post(lines(0, 3));
  await first.close();
  cloud.site = 'plant-2';
  await expect(openGateway({ spool }, cloud)).rejects.toThrow(
    /3 readings of plant-1 wait there, and would be sent as those of plant-2\. Send them first, with the --keys of plant-1\. Choose another with --spool/,
  );
  cloud.site = 'plant-1';
  cloud.problem = undefined;
  await (await openGateway({ spool }, cloud)).close();
  cloud.site = 'plant-2';
  const second = await openGateway({ spool }, cloud);
  await second.post(lines(3, 1));
  await second.close();
  expect(readingsIn(...cloud.records).map(({ site_id, seq }) => [site_id, seq])).toEqual([
    ...[0, 1, 2].map((seq) => ['plant-1', seq]),
    ['plant-2', 3],
  ]);
});

describe('a client that speaks HTTP in another way than most', () => {
  /** All that comes back for these bytes. */
  async function answerTo(port: number, ...pieces: (string | Uint8Array)[]): Promise<string> {
    const socket = createConnection(port, '127.0.0.1').setEncoding('utf8');
    for (const piece of pieces) socket.write(piece);
    let answer = '';
    for await (const text of socket) answer += text;
    return answer;
  }

  it.each([
    ['TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]), 'begins with http://'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'let the client speak HTTP/1.1'],
    ['MQTT', Buffer.from('100c00044d5154540402003c0000', 'hex'), 'that of --mqtt'],
    ['long headers', `POST /readings HTTP/1.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 'at most 16 KB'],
  ])('is told what to change: %s', async (_, sent, fix) => {
    const { gateway } = await openGateway();
    const answer = await answerTo(gateway.http.port, sent);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d .*\r\nconnection: close\r\n/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').error).toContain(fix);
  });

  it('is told what its body needs where it says no length', async () => {
    const { gateway } = await openGateway();
    const sent = `POST /readings HTTP/1.1\r\nHost: x\r\n\r\n${line(1)}`;
    const answer = await answerTo(gateway.http.port, sent);
    expect(answer.split('HTTP/1.1 ')[1]).toMatch(/^400 [\s\S]*A body needs a Content-Length/);
  });

  it('is told that it took too long', () => {
    expect(explainUnread({ code: 'ERR_HTTP_REQUEST_TIMEOUT' })).toEqual({
      status: '408 Request Timeout',
      error: expect.stringMatching(/within 30 s\. Nothing of it is stored/),
    });
  });

  it('is answered in order where what follows its requests cannot be read', async () => {
    const { gateway, cloud } = await openGateway();
    const request = (seq: number) =>
      `POST /readings HTTP/1.1\r\nHost: x\r\nContent-Length: ${line(seq).length}\r\n\r\n${line(seq)}`;
    const chunked = 'POST /readings HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    for (const [at, unread] of ['nonsense\r\n\r\n', `${chunked}-1\r\n${line(9)}`].entries()) {
      const answer = await answerTo(gateway.http.port, request(2 * at) + request(2 * at + 1) + unread);
      expect(answer.match(/(?<=HTTP\/1\.1 )\d+/g)).toEqual(['204', '204', '400']);
    }
    await vi.waitFor(() => expect(seqsIn(...cloud.records)).toEqual([0, 1, 2, 3]));
  });

  it('may send several requests at once, and the whole address: their order is kept', async () => {
    const { gateway, cloud } = await openGateway();
    const requests = Array.from({ length: 60 }, (_, seq) => {
      const body = lines(seq * 100, seq % 3 === 0 ? 100 : 1);
      const last = seq === 59 ? 'Connection: close\r\n' : '';
      return `POST http://gw/readings HTTP/1.1\r\nHost: gw\r\n${last}Content-Length: ${body.length}\r\n\r\n${body}`;
    });
    const answer = await answerTo(gateway.http.port, requests.join(''));
    expect(answer.match(/HTTP\/1\.1 204/g)).toHaveLength(60);
    await vi.waitFor(() => expect(seqsIn(...cloud.records)).toHaveLength(20 * 100 + 40));
    const seqs = seqsIn(...cloud.records);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  it('has the same connection for every minute in which it sends', async () => {
    const { post } = await openGateway();
    const [, seconds] = /timeout=(\d+)/.exec((await post(line(1))).headers.get('keep-alive') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThan(60);
  });

  it('is told which reading is nested too deeply, and the others are stored', async () => {
    const { post, gateway } = await openGateway();
    const deep = `${line(1).slice(0, -1)},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    for (const body of [`${deep}\n${line(2)}`, `[${deep},${line(3)}]`]) {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        stored: 1,
        error: expect.stringContaining('bytes, got a longer one'),
      });
    }
    expect(await gateway.status()).toMatchObject({ readings: { accepted: 2 }, refused: 2 });
  });
});

describe('GET /status', () => {
  it('has numbers that add up, and says what is wrong before it hurts', async () => {
    const cloud = fakeCloud();
    cloud.problem = UNREACHABLE;
    let aheadMs = 0;
    const now = () => Date.now() + aheadMs;
    const { post, gateway, said, close } = await openGateway({ now }, cloud);
    await post(lines(0, 3));
    await post('nonsense');
    await vi.waitFor(async () => expect((await gateway.status()).cloud.ok).toBe(false));
    aheadMs = 2 * 3_600_000;
    cloud.validToMs = now() + 5 * 86_400_000;
    cloud.clockOffsetMs = 400_000;
    const answer = await fetch(`http://127.0.0.1:${gateway.http.port}/status`);
    expect(await answer.json()).toMatchObject({
      site: 'plant-1',
      readings: { accepted: 3, forwarded: 0, waiting: 3, dropped: 0 },
      refused: 1,
      backlog: { oldestSeconds: expect.closeTo(7200, -1) },
      cloud: { ok: false, problem: 'The line is cut.' },
      warnings: [
        expect.stringMatching(
          /^The certificate ends in .+ Make another: npm run enroll -- --rotate plant-1$/,
        ),
        expect.stringContaining('The clock of this machine is 6 min 40 s behind'),
        expect.stringContaining('Readings wait for 2 h'),
      ],
    });
    expect(said).toEqual(['The line is cut.']);
    cloud.problem = undefined;
    await close();
    expect(said.slice(1)).toEqual([
      'The stream takes records.',
      '3 accepted = 3 forwarded + 0 waiting + 0 dropped; 1 refused',
    ]);
  });
});
