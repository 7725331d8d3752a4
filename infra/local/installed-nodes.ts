/** The Node.js of Lambda's runtime, where `npm run lambda-node` has installed it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstalledNode } from '../emulator/base/installed-node.ts';

const MODULES = join(import.meta.dirname, 'lambda-node/node_modules');

/** npm installs only the package of this machine's system and processor. */
export function installedNodes(modules: string = MODULES): InstalledNode[] {
  if (!existsSync(modules)) return [];
  return readdirSync(modules)
    .filter((name) => name.startsWith('node-'))
    .flatMap((name) => {
      const { version, bin } = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')) as {
        version: string;
        bin: { node: string };
      };
      const path = join(modules, name, bin.node);
      // An installation that was interrupted has no binary yet.
      return existsSync(path) ? [{ path, version }] : [];
    });
}
