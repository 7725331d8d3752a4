/** The folder that is carried to a site's gateway. */
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { SITE_FILES, type Site } from '../../../services/contract/edge.ts';
import { UserError } from '../../cli/user-error.ts';

export interface SiteFolder {
  /** PEM; undefined where the key was made on the gateway, and never leaves it. */
  key: string | undefined;
  certificate: string;
  ca: string;
  site: Site;
}

const MODE = { secret: 0o600, open: 0o644, folder: 0o700 } as const;

export const isEnrolledIn = (folder: string): boolean => existsSync(join(folder, SITE_FILES.site));

/** Writes the folder, `site.json` last: one that has it is complete. */
export function writeSiteFolder(folder: string, { key, certificate, ca, site }: SiteFolder): void {
  mkdirSync(folder, { recursive: true, mode: MODE.folder });
  // While a key and a certificate do not belong together, the gateway goes on with those that it has.
  if (key !== undefined) write(folder, SITE_FILES.key, key, MODE.secret);
  write(folder, SITE_FILES.certificate, certificate, MODE.open);
  write(folder, SITE_FILES.ca, ca, MODE.open);
  write(folder, SITE_FILES.site, `${JSON.stringify(site, undefined, 2)}\n`, MODE.open);
}

function write(folder: string, name: string, text: string, mode: number): void {
  const temporary = join(folder, `.${name}.new`);
  rmSync(temporary, { force: true });
  writeFileSync(temporary, text, { mode, flag: 'wx' });
  renameSync(temporary, join(folder, name));
}

/**
 * Whom a gateway trusts: the authority of the local runtime, or Amazon's roots, which Node.js brings along.
 * @param localDir state folder of the local runtime; undefined for AWS
 */
export function trustedRoots(localDir: string | undefined): string {
  if (localDir === undefined) {
    const roots = rootCertificates.filter((pem) => /\bO=Amazon\b/.test(new X509Certificate(pem).subject));
    return `${roots.join('\n')}\n`;
  }
  const file = join(localDir, 'iot', 'ca.pem');
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UserError(
      `No ${file}: the local runtime was started without edge. Start it anew with: npm start`,
      {
        cause,
      },
    );
  }
}
