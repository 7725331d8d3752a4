/** The way to the stream against a cloud whose clock is its own, and which refuses what AWS refuses for it. */
import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp2 } from 'node:http2';
import { createServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcp, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createRequest } from '../../../infra/commands/enroll/request.ts';
import {
  createAuthority,
  issueServer,
  issueThing,
} from '../../../infra/emulator/iot/certificate-authority.ts';
import { openUplink } from '../../../services/gateway/uplink/uplink.ts';

const MINUTE_MS = 60_000;
/** AWS: "a request must reach AWS within five minutes of the time stamp in the request". */
const SIGNATURE_MS = 5 * MINUTE_MS;
const LIFE_MS = 15 * MINUTE_MS;
const BYTES = new TextEncoder().encode('{}');

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

const signedAt = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

/** A cloud whose clock goes so much before that of this machine. */
async function cloud(aheadMs: number) {
  const seen = { exchanges: 0, records: 0, refused: 0 };
  const now = () => Date.now() + aheadMs;
  const authority = await createAuthority(Date.now());
  const { key, certificate } = await issueServer(authority, Date.now());
  const tls = { key, cert: certificate, ca: authority.certificate, requestCert: true };
  const provider = createServer(tls, (_, response) => {
    seen.exchanges += 1;
    const expiration = new Date(now() + LIFE_MS).toISOString();
    const credentials = { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T', expiration };
    response.writeHead(200, { date: new Date(now()).toUTCString() }).end(JSON.stringify({ credentials }));
  });
  const stream = createHttp2((request, response) => {
    const skewMs = Math.abs(signedAt(String(request.headers['x-amz-date'])) - now());
    const date = new Date(now()).toUTCString();
    const headers = { date, 'content-type': 'application/x-amz-json-1.1' };
    request.resume().on('end', () => {
      if (skewMs > SIGNATURE_MS) {
        seen.refused += 1;
        response.writeHead(400, headers).end('{"__type":"InvalidSignatureException","message":"expired"}');
        return;
      }
      seen.records += 1;
      response.writeHead(200, headers).end('{"ShardId":"s","SequenceNumber":"1"}');
    });
  });
  const folder = mkdtempSync(join(tmpdir(), 'uplink-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const made = await createRequest('plant-1');
  const thing = await issueThing(authority, made.csr, Date.now());
  const ports = { provider: await listening(provider), stream: await listening(stream) };
  const enroll = (streamPort = ports.stream) => {
    const site = {
      ...{ site: 'plant-1', region: 'us-east-1', stream: 's', roleAlias: 'r' },
      ...{ credentialsEndpoint: `127.0.0.1:${ports.provider}`, endpoint: `http://127.0.0.1:${streamPort}` },
    };
    writeFileSync(join(folder, 'key.pem'), made.key);
    writeFileSync(join(folder, 'cert.pem'), thing.certificate);
    writeFileSync(join(folder, 'ca.pem'), authority.certificate);
    writeFileSync(join(folder, 'site.json'), JSON.stringify(site));
    return folder;
  };
  return { seen, enroll, streamPort: ports.stream };
}

async function opened(folder: string, now = Date.now) {
  const uplink = await openUplink(folder, now);
  onTestFinished(() => uplink.close());
  return uplink;
}

it.each([
  ['behind', 20],
  ['ahead', -20],
])('sends while the clock of this machine is 20 minutes %s, with one exchange', async (_, minutes) => {
  const { seen, enroll } = await cloud(minutes * MINUTE_MS);
  const uplink = await opened(enroll());
  for (let i = 0; i < 3; i += 1) expect(await uplink.send(BYTES)).toBeUndefined();
  expect(seen).toEqual({ exchanges: 1, records: 3, refused: 0 });
  expect((uplink.clockOffsetMs ?? 0) / MINUTE_MS).toBeCloseTo(minutes, 0);
});

it('knows the time of the cloud at once when the clock of this machine is set', async () => {
  const { enroll } = await cloud(0);
  let setMs = 0;
  const uplink = await opened(enroll(), () => Date.now() + setMs);
  await uplink.send(BYTES);
  for (const hours of [3, -3, 0]) {
    setMs = hours * 60 * MINUTE_MS;
    expect((uplink.clockOffsetMs ?? 0) / MINUTE_MS).toBeCloseTo(-hours * 60, 0);
  }
});

it('takes another connection when one has gone dead without a word', async () => {
  const { seen, enroll, streamPort } = await cloud(0);
  let dead = false;
  let connections = 0;
  const line = createTcp((near) => {
    const first = connections === 0;
    connections += 1;
    const far = connect(streamPort, '127.0.0.1');
    near.on('data', (data) => (first && dead ? undefined : far.write(data))).on('error', () => {});
    far.on('data', (data) => near.write(data)).on('error', () => {});
    near.on('close', () => far.destroy());
  });
  const uplink = await opened(enroll(await listening(line)));
  expect(await uplink.send(BYTES)).toBeUndefined();
  dead = true;
  expect(await uplink.send(BYTES)).toMatchObject({ kind: 'unreachable' });
  expect(await uplink.send(BYTES)).toBeUndefined();
  expect({ ...seen, connections }).toMatchObject({ records: 2, connections: 2 });
}, 60_000);
