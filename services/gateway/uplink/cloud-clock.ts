/** The time of the cloud, by a clock that nobody sets: that of the machine may be set, to and fro, while the gateway runs. */
export class CloudClock {
  #heard: { serverMs: number; atMs: number } | undefined;

  /** The cloud has just said that it is so late, ms since the epoch. */
  note(serverMs: number): void {
    this.#heard = { serverMs, atMs: performance.now() };
  }

  /** Clock of the cloud minus that of this machine, which says `nowMs`, in ms; undefined before the first answer. */
  offsetMs(nowMs: number): number | undefined {
    if (this.#heard === undefined) return undefined;
    const { serverMs, atMs } = this.#heard;
    return Math.round(serverMs + performance.now() - atMs - nowMs);
  }
}
