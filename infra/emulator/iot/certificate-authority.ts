/** The certificate authority of the emulated AWS IoT: signs requests of things, and the server of the credentials. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { AwsError } from '../wire/aws-error.ts';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** As AWS IoT's certificates do. */
const END = new Date('2049-12-31T23:59:59Z');
const MIN_RSA_BITS = 2048;

interface Issued {
  /** PEM. */
  certificate: string;
  /** SHA-256 of its DER, in hexadecimal: the certificate's id. */
  id: string;
  validFromMs: number;
  validToMs: number;
}

export interface CertificateAuthority {
  /** PEM. */
  certificate: string;
  /** PEM, secret. */
  key: string;
}

export async function createAuthority(nowMs: number): Promise<CertificateAuthority> {
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const name = 'CN=Local AWS IoT';
  const certificate = await x509.X509CertificateGenerator.create({
    ...{ subject: name, issuer: name, signingAlgorithm: SIGNING },
    ...validity(nowMs),
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
}

/** A certificate for servers on this machine, with its key. */
export async function issueServer(authority: CertificateAuthority, nowMs: number) {
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const names = new x509.SubjectAlternativeNameExtension([
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: 'localhost' },
  ]);
  const issued = await issue(authority, 'CN=localhost', keys.publicKey, nowMs, 'serverAuth', [names]);
  return { certificate: issued.certificate, key: await pemOf(keys.privateKey) };
}

/** @throws AwsError for a request that is damaged, not signed by its own key, or has too weak a key */
export async function issueThing(
  authority: CertificateAuthority,
  csr: string,
  nowMs: number,
): Promise<Issued> {
  const request = parseRequest(csr);
  const isSigned = await request.verify().catch(() => false);
  const { algorithm } = request.publicKey as unknown as {
    algorithm: { name: string; modulusLength?: number };
  };
  const isStrong = algorithm.modulusLength === undefined || algorithm.modulusLength >= MIN_RSA_BITS;
  if (!isSigned || !isStrong || !/^(?:ECDSA|RSASSA)/.test(algorithm.name)) {
    throw new AwsError(
      'InvalidRequestException',
      'Expected a CSR signed by its own key: RSA from 2048 bits, or P-256, P-384, P-521',
    );
  }
  return issue(authority, 'CN=AWS IoT Certificate', await request.publicKey.export(), nowMs, 'clientAuth');
}

function parseRequest(csr: string): x509.Pkcs10CertificateRequest {
  try {
    return new x509.Pkcs10CertificateRequest(csr);
  } catch {
    throw new AwsError('InvalidRequestException', 'Expected a certificate signing request in PEM format');
  }
}

async function issue(
  { certificate, key }: CertificateAuthority,
  subject: string,
  publicKey: webcrypto.CryptoKey,
  nowMs: number,
  usage: 'serverAuth' | 'clientAuth',
  extensions: x509.Extension[] = [],
): Promise<Issued> {
  const issuer = new x509.X509Certificate(certificate);
  const pkcs8 = x509.PemConverter.decodeFirst(key);
  const made = await x509.X509CertificateGenerator.create({
    ...{ subject, issuer: issuer.subject, signingAlgorithm: SIGNING, publicKey },
    ...validity(nowMs),
    signingKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, CURVE, false, ['sign']),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...extensions,
    ],
  });
  return {
    certificate: made.toString('pem'),
    id: Buffer.from(await made.getThumbprint('SHA-256')).toString('hex'),
    validFromMs: made.notBefore.getTime(),
    validToMs: made.notAfter.getTime(),
  };
}

/** From yesterday: the clocks of things are not exact. */
const validity = (nowMs: number) => ({ notBefore: new Date(nowMs - DAY_MS), notAfter: END });

const pemOf = async (key: webcrypto.CryptoKey) =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
