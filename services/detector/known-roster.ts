/** A site's roster, as an environment knows it, and the devices that it has seen besides. */
import type { Roster } from './presence.ts';

const NO_ROSTER: Pick<Roster, 'version' | 'devices'> = { version: 0, devices: [] };

export class KnownRoster {
  #version = 0;
  #listed = new Set<string>();
  readonly #unlisted = new Set<string>();

  /** Devices of the roster. */
  get listed(): ReadonlySet<string> {
    return this.#listed;
  }

  /** Devices that were seen, and are not in it. */
  get unlisted(): ReadonlySet<string> {
    return this.#unlisted;
  }

  /** A device is seen for the first time. */
  see(deviceId: string): void {
    if (!this.#listed.has(deviceId)) this.#unlisted.add(deviceId);
  }

  /**
   * The roster as it is now. Nearly always it is the one that is known.
   * @param seen devices that were seen so far
   * @returns is it another one?
   */
  update(roster: Roster | undefined, seen: readonly string[]): boolean {
    const { version } = roster ?? NO_ROSTER;
    if (version === this.#version) return false;
    this.#version = version;
    this.#listed = new Set((roster ?? NO_ROSTER).devices);
    this.#unlisted.clear();
    for (const deviceId of seen) this.see(deviceId);
    return true;
  }
}
