/** Which Node.js runs the functions of a runtime: that of the runtime's own major version, where there is one. */
import type { InstalledNode } from '../base/installed-node.ts';

export interface NodeChoice extends InstalledNode {
  /** Whether it is of the major version that the runtime names. */
  isDeployed: boolean;
}

/** @param runtime the template's, such as `nodejs24.x` */
export function nodeFor(runtime: string, installed: readonly InstalledNode[]): NodeChoice {
  const own = { path: process.execPath, version: process.versions.node };
  const major = /^nodejs(\d+)\./.exec(runtime)?.[1];
  const found = [own, ...installed].find(({ version }) => version.split('.')[0] === major);
  return { ...(found ?? own), isDeployed: found !== undefined };
}
