/** The site's keys in use, and new ones in its folder: they are tried, and the old ones stay in use until they have worked. */
import type { Problem } from './explain.ts';
import { readSiteKeys, type SiteKeys } from './site-keys.ts';

export class Keyring {
  readonly #folder: string;
  /** In use. */
  keys: SiteKeys;
  /** Why new keys in the folder are not used. */
  newKeysProblem: string | undefined;
  /** Found in the folder, and not tried yet. */
  #candidate: SiteKeys | undefined;
  #tried: string;

  private constructor(folder: string, keys: SiteKeys) {
    this.#folder = folder;
    this.keys = keys;
    this.#tried = keys.certificateId;
  }

  /** @throws UserError when the folder is not complete */
  static async open(folder: string): Promise<Keyring> {
    return new Keyring(folder, await readSiteKeys(folder));
  }

  /** Looks whether the folder has another certificate. Resolves to true when there is one to try. */
  async look(): Promise<boolean> {
    const found = await readSiteKeys(this.#folder).catch(() => undefined);
    // A folder that is being copied is not complete: the next look finds it.
    if (!found || found.certificateId === this.#tried) return false;
    this.#tried = found.certificateId;
    this.#candidate = found;
    return true;
  }

  /** Does it with the new keys where there are some and they work, and else with those in use. */
  async use<T>(
    act: (keys: SiteKeys) => Promise<T>,
    explain: (error: unknown, keys: SiteKeys) => Problem,
  ): Promise<T> {
    const next = this.#candidate;
    if (!next) return act(this.keys);
    try {
      const done = await act(next);
      this.keys = next;
      this.#candidate = undefined;
      this.newKeysProblem = undefined;
      return done;
    } catch (error) {
      const { kind, sentence } = explain(error, next);
      // A line that is down says nothing about the certificate.
      if (kind === 'refused') this.#candidate = undefined;
      this.newKeysProblem = sentence;
      return act(this.keys);
    }
  }
}
