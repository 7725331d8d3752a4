/** Where the runbooks are: in the project's own repository, unless a knob says otherwise. */
import { execFileSync } from 'node:child_process';

const RUNBOOKS = 'docs/operations.md';

/** Of each host, how the newest version of a file is addressed. */
const HOSTS: readonly { name: RegExp; path: string }[] = [
  { name: /(?:^|\.)github\./, path: 'blob/HEAD' },
  { name: /(?:^|\.)gitlab\./, path: '-/blob/HEAD' },
  { name: /(?:^|\.)bitbucket\.org$/, path: 'src/HEAD' },
];

/** `git@github.com:owner/name.git`, or an address with a protocol; the user is left out, because a password may follow it. */
const REMOTE =
  /^(?:(?:https?|ssh|git):\/\/)?(?:[^@/]+@)?(?<host>[A-Za-z0-9.-]+)(?::\d+(?=\/))?[:/](?<path>[\w./~-]+)$/;

/** The address of the runbooks at a git remote; undefined where nobody knows how that host writes it. */
export function runbooksAt(remote: string): string | undefined {
  const { host = '', path = '' } = REMOTE.exec(remote.trim())?.groups ?? {};
  const known = HOSTS.find(({ name }) => name.test(host));
  const repository = path.replace(/^\/+|\.git$|\/+$/g, '').replace(/\.git$/, '');
  if (known === undefined || !repository.includes('/')) return undefined;
  return `https://${host}/${repository}/${known.path}/${RUNBOOKS}`;
}

/** The same of this checkout; undefined where it has no remote, or none that is known. */
export function ownRunbooks(): string | undefined {
  try {
    const remote = execFileSync('git', ['remote', 'get-url', 'origin'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return runbooksAt(remote);
  } catch {
    return undefined;
  }
}

/**
 * Where an alarm sends its reader.
 * @param url of all runbooks; undefined where there is none to link to
 * @param heading of the one that is meant
 */
export const describeRunbook = (url: string | undefined, heading: string): string =>
  url === undefined ? `Runbook: "${heading}" in ${RUNBOOKS} of the project.` : `Runbook: ${url}#${heading}`;
