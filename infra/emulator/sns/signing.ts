/** Signs what programs get, with a key of this runtime's own, whose certificate the port serves. */
import 'reflect-metadata';
import { createHash, createSign, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { z } from 'zod';
import { madeOnce } from '../base/made-once.ts';
import { writeFileAtomicSync } from '../state/atomic-file.ts';
import { readStateFile, stateText } from '../state/state-file.ts';
import { type Notice, type Signed, textToSign } from './notice.ts';

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** As long as the folder may live. */
const VALID_DAYS = 3650;
const HASH_OF = { 1: 'RSA-SHA1', 2: 'RSA-SHA256' } as const;
const CERTIFICATE_PATH = /^\/SimpleNotificationService-[0-9a-f]{32}\.pem$/;

const keySchema = z.object({
  version: z.literal(1),
  /** PEM, secret. */
  key: z.string(),
  /** PEM. */
  certificate: z.string(),
});
type SigningKey = z.infer<typeof keySchema>;

export interface Signing {
  sign(notice: Notice, version: Signed['SignatureVersion']): Promise<Signed>;
  /** The certificate at this path of the port; undefined where it is that of another key. */
  certificateAt(path: string): Promise<string | undefined>;
}

/** @param file keeps the key over restarts; made when something is first signed */
export function createSigning(file: string, endpoint: () => string, now: () => number): Signing {
  const use = madeOnce(() => loadOrMake(file, now()));

  return {
    async sign(notice, version) {
      const { key, certificate } = await use();
      return {
        ...notice,
        SignatureVersion: version,
        Signature: createSign(HASH_OF[version]).update(textToSign(notice)).sign(key, 'base64'),
        SigningCertURL: `${endpoint()}${pathOf(certificate)}`,
      };
    },
    async certificateAt(path) {
      const { certificate } = await use();
      return path === pathOf(certificate) ? certificate : undefined;
    },
  };
}

export const isCertificatePath = (path: string): boolean => CERTIFICATE_PATH.test(path);

const pathOf = (certificate: string) =>
  `/SimpleNotificationService-${createHash('sha256').update(certificate).digest('hex').slice(0, 32)}.pem`;

async function loadOrMake(file: string, nowMs: number): Promise<SigningKey> {
  const otherwise = `${file} is damaged. Delete it: SNS then makes another key, which signs from then on.`;
  const kept = readStateFile(file, keySchema, otherwise);
  if (kept) return kept;
  const made = await makeKey(nowMs);
  writeFileAtomicSync(file, stateText(made));
  return made;
}

async function makeKey(nowMs: number): Promise<SigningKey> {
  const parameters = { ...RSA, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const keys = await webcrypto.subtle.generateKey(parameters, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ name: 'CN=sns.local', keys, signingAlgorithm: RSA },
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + VALID_DAYS * DAY_MS),
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = x509.PemConverter.encode(pkcs8, 'PRIVATE KEY');
  return { version: 1, key, certificate: certificate.toString('pem') };
}
