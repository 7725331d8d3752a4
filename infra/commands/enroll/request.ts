/** A site's key, and the request for a certificate of it. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export interface KeyAndRequest {
  /** PEM, secret. */
  key: string;
  /** PEM. */
  csr: string;
}

export async function createRequest(site: string): Promise<KeyAndRequest> {
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${site}`,
    keys,
    signingAlgorithm: { ...CURVE, hash: 'SHA-256' },
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    key: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
    csr: `${request.toString('pem')}\n`,
  };
}
