/** The site's folder: its key, certificate and addresses, as `npm run enroll` writes them. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../infra/cli/user-error.ts';
import { SITE_FILES, type Site, siteSchema } from '../../contract/edge.ts';

export interface SiteKeys {
  site: Site;
  /** PEM. */
  key: string;
  certificate: string;
  ca: string;
  /** Name of the certificate at AWS IoT: SHA-256 of its DER, in hexadecimal. */
  certificateId: string;
  validFromMs: number;
  validToMs: number;
}

/** @throws UserError when the folder is not complete, or its key and certificate do not belong together */
export async function readSiteKeys(folder: string): Promise<SiteKeys> {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(explainMissing(folder, name));
  const [site, key, certificate, ca] = await Promise.all([
    read(SITE_FILES.site),
    read(SITE_FILES.key),
    read(SITE_FILES.certificate),
    read(SITE_FILES.ca),
  ]);
  const x509 = parsePem(join(folder, SITE_FILES.certificate), () => new X509Certificate(certificate));
  const privateKey = parsePem(join(folder, SITE_FILES.key), () => createPrivateKey(key));
  if (!x509.checkPrivateKey(privateKey)) {
    throw new UserError(
      `${SITE_FILES.key} and ${SITE_FILES.certificate} in ${folder} do not belong together. Copy the whole folder again.`,
    );
  }
  return {
    site: parseSite(join(folder, SITE_FILES.site), site),
    ...{ key, certificate, ca },
    certificateId: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    validFromMs: Date.parse(x509.validFrom),
    validToMs: Date.parse(x509.validTo),
  };
}

const explainMissing = (folder: string, name: string) => (cause: NodeJS.ErrnoException) => {
  const why =
    cause.code === 'EACCES'
      ? 'may not be read by this user.'
      : 'is missing. Make the folder with: npm run enroll -- SITE';
  throw new UserError(`${join(folder, name)} ${why}`, { cause });
};

function parsePem<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new UserError(`${file} is not in PEM format, or is damaged. Copy the folder again.`, { cause });
  }
}

function parseSite(file: string, text: string): Site {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${file} is not JSON. Copy the folder again.`, { cause });
  }
  const result = siteSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UserError(`${file}: ${issue?.path.join('.')}: ${issue?.message}. Enroll the site again.`);
}
