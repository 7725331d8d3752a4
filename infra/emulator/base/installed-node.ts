/** A Node.js on this machine, for functions whose runtime is of another major version than what runs this process. */
export interface InstalledNode {
  path: string;
  /** Without the `v`. */
  version: string;
}
