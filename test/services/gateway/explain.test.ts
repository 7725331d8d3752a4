/** What the operator reads when something is wrong between site and cloud: with real handshakes where TLS refuses. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRequest } from '../../../infra/commands/enroll/request.ts';
import {
  createAuthority,
  issueServer,
  issueThing,
} from '../../../infra/emulator/iot/certificate-authority.ts';
import { exchange } from '../../../services/gateway/uplink/credentials.ts';
import { explain, ownCertificateProblem } from '../../../services/gateway/uplink/explain.ts';
import { readSiteKeys, type SiteKeys } from '../../../services/gateway/uplink/site-keys.ts';

const NOW = Date.now();
const YEAR_MS = 365 * 86_400_000;
const authority = await createAuthority(NOW);

async function siteKeys(more: Partial<SiteKeys> = {}): Promise<SiteKeys> {
  const { key, csr } = await createRequest('plant-1');
  const { certificate, id, validFromMs, validToMs } = await issueThing(authority, csr, NOW);
  return {
    site: {
      site: 'plant-1',
      region: 'us-east-1',
      stream: 's',
      roleAlias: 'gateways',
      credentialsEndpoint: '',
    },
    ...{ key, certificate, ca: authority.certificate, certificateId: id, validFromMs, validToMs },
    ...more,
  };
}

/** A provider of credentials that answers with this; resolves with the sentence that the gateway says. */
async function sentenceOf(
  keys: SiteKeys,
  {
    server,
    status = 200,
    body = '{}',
  }: { server?: { key: string; certificate: string }; status?: number; body?: string },
  nowMs = NOW,
): Promise<string> {
  const { key, certificate } = server ?? (await issueServer(authority, NOW));
  const tls = {
    key,
    cert: certificate,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  };
  const listening = createServer(tls, (_, response) => response.writeHead(status).end(body)).listen(
    0,
    '127.0.0.1',
  );
  listening.on('tlsClientError', () => {});
  onTestFinished(() => void listening.close());
  await new Promise((resolve) => listening.once('listening', resolve));
  const credentialsEndpoint = `127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const asked = { ...keys, site: { ...keys.site, credentialsEndpoint } };
  const error = await exchange(asked).catch((cause: unknown) => cause);
  return explain(error, { keys: asked, host: 'the provider', nowMs }).sentence;
}

/** A certificate of the authority whose time is over, for a server or a site. */
async function expired(publicKey: webcrypto.CryptoKey): Promise<string> {
  const made = await x509.X509CertificateGenerator.create({
    ...{ subject: 'CN=old', issuer: 'CN=Local AWS IoT', publicKey },
    ...{ notBefore: new Date(NOW - 2 * YEAR_MS), notAfter: new Date(NOW - YEAR_MS) },
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    signingKey: await webcrypto.subtle.importKey(
      'pkcs8',
      x509.PemConverter.decodeFirst(authority.key),
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['sign'],
    ),
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  return made.toString('pem');
}

async function expiredPair() {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const key = x509.PemConverter.encode(
    await webcrypto.subtle.exportKey('pkcs8', keys.privateKey),
    'PRIVATE KEY',
  );
  return { key, certificate: await expired(keys.publicKey) };
}

describe('the operator reads', () => {
  it('that the clock is wrong, when the certificate of the cloud seems to be out of its time', async () => {
    const server = await expiredPair();
    expect(await sentenceOf(await siteKeys(), { server })).toMatch(
      /^By the clock of this machine, which says \d{4}-\S+ \S+ UTC, the certificate of the provider has expired\. Set the clock/,
    );
  });

  it("that the site's own certificate has expired, which TLS itself does not say", async () => {
    const old = await expiredPair();
    const keys = await siteKeys({ ...old, validFromMs: NOW - 2 * YEAR_MS, validToMs: NOW - YEAR_MS });
    const day = new Date(NOW - YEAR_MS).toISOString().slice(0, 10);
    expect(await sentenceOf(keys, {})).toBe(
      `The certificate of plant-1 has expired on ${day}. Make another: npm run enroll -- --rotate plant-1, and copy its folder here. If it is not ${new Date(NOW).toISOString().slice(0, 16).replace('T', ' ')} UTC now, set the clock of this machine.`,
    );
  });

  it('that a certificate is not valid yet by a clock that is a year behind', async () => {
    expect(ownCertificateProblem(await siteKeys(), NOW - YEAR_MS)).toMatch(
      /^The certificate of plant-1 is valid from .+, and the clock of this machine says .+\. Set the clock/,
    );
  });

  it('that somebody else answers for the cloud', async () => {
    const stranger = await createAuthority(NOW);
    const server = await issueServer(stranger, NOW);
    expect(await sentenceOf(await siteKeys(), { server })).toMatch(
      /does not identify itself by a root in ca\.pem/,
    );
  });

  it('that the cloud does not know the certificate', async () => {
    const stranger = await createAuthority(NOW);
    const { key, csr } = await createRequest('plant-1');
    const { certificate } = await issueThing(stranger, csr, NOW);
    expect(await sentenceOf(await siteKeys({ key, certificate }), {})).toMatch(
      /it does not know the certificate/,
    );
  });

  it.each([
    [403, /^AWS IoT gives no credentials to plant-1: its certificate [0-9a-f]{12}… is revoked/],
    [404, /^AWS IoT has no role alias gateways \(HTTP 404\)\. Deploy with edge=on/],
    [500, /^the provider gives no credentials \(HTTP 500: oops\)/],
  ])('what an answer with HTTP %i means', async (status, sentence) => {
    expect(await sentenceOf(await siteKeys(), { status, body: 'oops' })).toMatch(sentence);
  });

  it.each([
    ['ENOTFOUND', 'unreachable', /cannot be reached \(ENOTFOUND\)\. Readings wait on the disk/],
    ['ECONNRESET', 'unreachable', /closed the connection/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'refused', /has a certificate for another name/],
  ])('what %s means', async (code, kind, sentence) => {
    const context = { keys: await siteKeys(), host: 'Kinesis', nowMs: NOW };
    const error = Object.assign(new Error('x'), { cause: { code } });
    expect(explain(error, context)).toEqual({ kind, sentence: expect.stringMatching(sentence) });
  });

  it.each([
    ['ProvisionedThroughputExceededException', 400, 'throttled', /takes no more at the moment/],
    ['AccessDeniedException', 400, 'refused', /may not write to the stream s/],
    ['ExpiredTokenException', 400, 'refused', /does not take the credentials/],
    ['ResourceNotFoundException', 400, 'refused', /There is no stream s/],
    ['InternalFailure', 500, 'unreachable', /does not take the record \(InternalFailure/],
    ['ValidationException', 400, 'refused', /does not take the record \(ValidationException/],
  ])('what the stream means by %s', async (name, httpStatusCode, kind, sentence) => {
    const context = { keys: await siteKeys(), host: 'Kinesis', nowMs: NOW };
    const error = Object.assign(new Error('x'), { name, $metadata: { httpStatusCode } });
    expect(explain(error, context)).toEqual({ kind, sentence: expect.stringMatching(sentence) });
  });
});

describe("the site's folder", () => {
  it('is refused with what is wrong with it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'site-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    const { key, certificate, ca, site } = await siteKeys();
    await expect(readSiteKeys(folder)).rejects.toThrow(
      /(?:site\.json|key\.pem) is missing\. Make the folder with/,
    );
    const json = JSON.stringify({ ...site, credentialsEndpoint: 'x' });
    for (const [name, text] of Object.entries({
      'key.pem': key,
      'cert.pem': certificate,
      'ca.pem': ca,
      'site.json': json,
    }))
      write(name, text);
    expect((await readSiteKeys(folder)).site.site).toBe('plant-1');
    write('key.pem', (await createRequest('x')).key);
    await expect(readSiteKeys(folder)).rejects.toThrow('do not belong together');
    write('cert.pem', 'nonsense');
    await expect(readSiteKeys(folder)).rejects.toThrow('cert.pem is not in PEM format');
    write('cert.pem', certificate);
    write('key.pem', key);
    write('site.json', JSON.stringify({ ...site, site: 'plant.1' }));
    await expect(readSiteKeys(folder)).rejects.toThrow('site.json: site: Expected');
  });
});
