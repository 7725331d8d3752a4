/** The folder of a site, made by the same command as on AWS, and then led over lines that can be cut. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SITE_FILES, siteSchema } from '../../../services/contract/edge.ts';
import { parseJson } from '../../../services/contract/json.ts';
import { UserError } from '../../cli/user-error.ts';
import { startProgram } from './program.ts';

interface SiteFolderOptions {
  project: string;
  /** Of the session. */
  stateDir: string;
  /** For the folders of sites. */
  sitesDir: string;
}

/** Enrolls the site unless an earlier session has. Resolves with its folder. @throws UserError */
export async function enrolledFolder(site: string, options: SiteFolderOptions): Promise<string> {
  const { project, stateDir, sitesDir } = options;
  const folder = join(sitesDir, site);
  if (siteIn(folder)) return folder;
  // Without `site.json`, or with half of it, it is not complete.
  rmSync(folder, { recursive: true, force: true });
  const { exited, said } = startProgram({
    ...{ project, file: 'infra/commands/enroll/enroll.ts' },
    args: [site, '--local', '--dir', stateDir, '--out', sitesDir],
  });
  if ((await exited) === 0) return folder;
  throw new UserError(`The site ${site} cannot be enrolled: ${said()}`);
}

function siteIn(folder: string) {
  const file = join(folder, SITE_FILES.site);
  return existsSync(file) ? parseJson(readFileSync(file, 'utf8'), siteSchema) : undefined;
}

interface Endpoints {
  endpoint: string;
  credentialsEndpoint: string;
}

/** Ports may be others than in the session that enrolled the site. */
export function pointTo(folder: string, endpoints: Endpoints): void {
  const pointed = { ...siteIn(folder), ...endpoints };
  writeFileSync(join(folder, SITE_FILES.site), `${JSON.stringify(pointed, undefined, 2)}\n`);
}
