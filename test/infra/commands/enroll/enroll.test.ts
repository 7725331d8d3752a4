/** Sites at the local stack: enrolled, sending through a real gateway, rotated, revoked, removed. */
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runEnroll } from '../../../../infra/commands/enroll/enroll.ts';
import { createRequest } from '../../../../infra/commands/enroll/request.ts';
import { type Gateway, startGateway } from '../../../../services/gateway/gateway.ts';
import { exchange } from '../../../../services/gateway/uplink/credentials.ts';
import { explain } from '../../../../services/gateway/uplink/explain.ts';
import { readSiteKeys } from '../../../../services/gateway/uplink/site-keys.ts';
import { line, readingsIn } from '../../../services/gateway/support/readings.ts';
import { openSession } from '../../support/local-session.ts';
import { listen } from '../support/listen.ts';

let session: Awaited<ReturnType<typeof openSession>>;
let out: string;
const gateways: Gateway[] = [];

beforeAll(async () => {
  session = await openSession();
  out = mkdtempSync(join(tmpdir(), 'sites-'));
});
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
});
afterAll(async () => {
  await session.close();
  rmSync(out, { recursive: true, force: true });
});

async function enroll(...argv: string[]) {
  const { said, io } = listen();
  const code = await runEnroll([...argv, '--local', '--dir', session.dir, '--out', out], io);
  return { code, ...said };
}

async function start(site: string) {
  const said: string[] = [];
  const gateway = await startGateway({
    ...{ keys: join(out, site), spool: join(out, `spool-${site}`), spoolLimitBytes: 10e6 },
    ...{ whenFull: 'refuse', catchUpBytes: 1e6, http: { host: '127.0.0.1', port: 0 } },
    say: (text) => said.push(text),
  });
  gateways.push(gateway);
  const send = async (...lines: string[]) => {
    const init = { method: 'POST', body: lines.join('\n') };
    return (await fetch(`http://127.0.0.1:${gateway.http.port}/readings`, init)).status;
  };
  return { gateway, said, send };
}

/** Sequence numbers of a site's readings that are in the stream, by partition key. */
async function inStream(site: string): Promise<number[]> {
  const { endpoint, outputs } = session.runtime;
  const client = new KinesisClient({
    ...{ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
  });
  const stream = { StreamName: outputs.StreamName, ShardId: 'shardId-000000000000' };
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ ...stream, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  client.destroy();
  const own = Records.filter(({ PartitionKey }) => PartitionKey === site);
  return readingsIn(...own.map(({ Data }) => Data as Uint8Array)).map(({ seq }) => seq);
}

const certificateOf = (site: string) => readFileSync(join(out, site, 'cert.pem'), 'utf8');
const idOf = (site: string) =>
  new X509Certificate(certificateOf(site)).fingerprint256.replaceAll(':', '').toLowerCase();

describe('npm run enroll', () => {
  it('makes a folder with which a gateway sends, and no AWS credentials', async () => {
    expect(await enroll('plant-1')).toMatchObject({ code: 0, stdout: `${join(out, 'plant-1')}\n` });
    expect(statSync(join(out, 'plant-1', 'key.pem')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(out, 'plant-1', 'site.json'), 'utf8'))).toEqual({
      ...{ site: 'plant-1', region: 'us-east-1', stream: session.runtime.outputs.StreamName },
      roleAlias: session.runtime.outputs.EdgeRoleAlias,
      credentialsEndpoint: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      endpoint: session.runtime.endpoint,
    });
    const { send, gateway } = await start('plant-1');
    expect(await send(line(1), line(2))).toBe(204);
    await vi.waitFor(async () => expect(await inStream('plant-1')).toEqual([1, 2]));
    expect(await gateway.status()).toMatchObject({
      cloud: { ok: true },
      certificate: { id: idOf('plant-1'), validTo: '2049-12-31T23:59:59.000Z' },
      warnings: [],
    });
  });

  it('lists sites, and refuses one that is there or cannot be', async () => {
    expect((await enroll('--list')).stdout).toMatch(
      /^plant-1\t[0-9a-f]{12}…\tactive\tsince 20\S+\tuntil 2049-12-31\n$/,
    );
    expect(await enroll('plant-1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--rotate plant-1'),
    });
    expect(await enroll('plant.1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('allows none'),
    });
    expect(await enroll()).toMatchObject({ code: 2, stderr: expect.stringContaining('Expected a site') });
    expect(await enroll('--revoke', 'plant-9')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not enrolled'),
    });
  });

  it('takes a request whose key was made elsewhere, and refuses one that is none', async () => {
    const { csr, key } = await createRequest('plant-2');
    const file = join(out, 'plant-2.csr');
    writeFileSync(file, csr);
    expect(await enroll('plant-2', '--csr', file)).toMatchObject({ code: 0 });
    expect(() => statSync(join(out, 'plant-2', 'key.pem'))).toThrow('ENOENT');
    writeFileSync(join(out, 'plant-2', 'key.pem'), key);
    expect((await readSiteKeys(join(out, 'plant-2'))).site.site).toBe('plant-2');

    writeFileSync(file, 'nonsense');
    expect(await enroll('plant-3', '--csr', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('signing request'),
    });
    // The thing that had been made by then is gone.
    expect((await enroll('--list')).stdout).not.toContain('plant-3');
    expect(await enroll('plant-3')).toMatchObject({ code: 0 });
  });

  it('makes certificates that OpenSSL accepts in its strict mode', ({ skip }) => {
    if (spawnSync('openssl', ['version']).error) skip('openssl is not installed');
    const [ca, certificate] = ['ca.pem', 'cert.pem'].map((name) => join(out, 'plant-1', name));
    const args = ['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', `${ca}`, `${certificate}`];
    const { stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toBe(`${certificate}: OK\n`);
  });

  it('rotates without a gap: the gateway takes the second certificate while the first is valid', async () => {
    const { gateway, send, said } = await start('plant-1');
    const before = idOf('plant-1');
    await send(line(10));
    expect(await enroll('--rotate', 'plant-1')).toMatchObject({ code: 0 });
    const after = idOf('plant-1');
    expect(after).not.toBe(before);
    expect(await enroll('--rotate', 'plant-1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--finish'),
    });
    await vi.waitFor(async () => {
      await send(line(11 + said.length));
      expect((await gateway.status()).certificate.id).toBe(after);
    }, 20_000);
    expect(await enroll('--rotate', 'plant-1', '--finish')).toMatchObject({ code: 0 });
    expect((await enroll('--list')).stdout.match(/^plant-1\t.*$/gm)).toEqual([
      expect.stringContaining('active'),
    ]);
    const seq = 100;
    expect(await send(line(seq))).toBe(204);
    await vi.waitFor(async () => expect(await inStream('plant-1')).toContain(seq));
  });

  it('revokes: no new credentials, and those it has until they end; at once with --now', async () => {
    const { gateway, send, said } = await start('plant-1');
    const keys = await readSiteKeys(join(out, 'plant-1'));
    await send(line(200));
    await vi.waitFor(async () => expect(await inStream('plant-1')).toContain(200));
    expect(await enroll('--revoke', 'plant-1')).toMatchObject({ code: 0 });
    const refused = await exchange(keys).catch((error: unknown) => error);
    const context = { keys, host: keys.site.credentialsEndpoint, nowMs: Date.now() };
    expect(explain(refused, context)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringMatching(
        /^AWS IoT gives no credentials to plant-1: its certificate .+ is revoked/,
      ),
    });
    await send(line(201));
    await vi.waitFor(async () => expect(await inStream('plant-1')).toContain(201));

    expect(await enroll('--revoke', 'plant-1', '--now')).toMatchObject({ code: 0 });
    expect(await send(line(202))).toBe(204);
    await vi.waitFor(async () => expect((await gateway.status()).cloud.ok).toBe(false));
    expect(said.at(-1)).toMatch(/^AWS IoT gives no credentials to plant-1/);
    expect((await gateway.status()).readings.waiting).toBe(1);
    expect(await inStream('plant-1')).not.toContain(202);
  });

  it('removes a site, which can be enrolled again; what its gateway holds is sent then', async () => {
    expect(await enroll('--remove', 'plant-1')).toMatchObject({ code: 0 });
    expect((await enroll('--list')).stdout).not.toContain('plant-1');
    rmSync(join(out, 'plant-1'), { recursive: true });
    expect(await enroll('plant-1')).toMatchObject({ code: 0 });
    await start('plant-1');
    await vi.waitFor(async () => expect(await inStream('plant-1')).toContain(202));
  });
});

describe('credentials of a site', () => {
  it('are given to the certificate of its thing alone, and allow one call', async () => {
    const keys = await readSiteKeys(join(out, 'plant-2'));
    const { credentials, serverMs } = await exchange(keys);
    expect(credentials.expiration.getTime() - Date.now()).toBeGreaterThan(890_000);
    expect(credentials.expiration.getTime() - Date.now()).toBeLessThanOrEqual(900_000);
    expect(Math.abs((serverMs ?? 0) - Date.now())).toBeLessThan(5000);
    const other = { ...keys, site: { ...keys.site, site: 'plant-3' } };
    await expect(exchange(other)).rejects.toMatchObject({ status: 403 });
    const noAlias = { ...keys, site: { ...keys.site, roleAlias: 'nobody' } };
    await expect(exchange(noAlias)).rejects.toMatchObject({ status: 404 });

    const { endpoint, outputs } = session.runtime;
    const client = new KinesisClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    const StreamName = outputs.StreamName;
    await client.send(new PutRecordCommand({ StreamName, PartitionKey: 'x', Data: Buffer.from('{}') }));
    await expect(
      client.send(
        new GetShardIteratorCommand({ StreamName, ShardId: 'shardId-0', ShardIteratorType: 'LATEST' }),
      ),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    client.destroy();
  });

  it('are given to nobody without a certificate, or with one of another authority', async () => {
    const keys = await readSiteKeys(join(out, 'plant-2'));
    const { key, csr } = await createRequest('stranger');
    expect(csr).toContain('CERTIFICATE REQUEST');
    const error = await exchange({ ...keys, key, certificate: keys.ca }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(Error);
    const unsigned = await exchange({ ...keys, key: '', certificate: '' }).catch((cause: unknown) => cause);
    expect(unsigned).toBeInstanceOf(Error);
  });

  it('are given to curl with mutual TLS', async ({ skip }) => {
    if (spawnSync('curl', ['--version']).error) skip('curl is not installed');
    const { site } = await readSiteKeys(join(out, 'plant-3'));
    const file = (name: string) => join(out, 'plant-3', name);
    const child = spawn('curl', [
      ...['-s', '--cacert', file('ca.pem'), '--cert', file('cert.pem'), '--key', file('key.pem')],
      ...['-H', 'x-amzn-iot-thingname: plant-3'],
      `https://${site.credentialsEndpoint}/role-aliases/${site.roleAlias}/credentials`,
    ]);
    const body = await child.stdout.toArray();
    expect(JSON.parse(Buffer.concat(body).toString())).toEqual({
      credentials: {
        accessKeyId: expect.stringMatching(/^ASIA/),
        secretAccessKey: expect.any(String),
        sessionToken: expect.any(String),
        expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    });
  });
});
