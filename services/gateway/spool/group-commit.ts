/** Lines that come while the disk is busy share its next write: a synchronous write costs the same for one as for many. */
import { sizeOf } from './chunk.ts';

/** Stored by one write, in bytes. */
const GROUP_BYTES = 256 * 1024;

interface Entry {
  lines: readonly string[];
  bytes: number;
  resolve(): void;
  reject(error: unknown): void;
}

export const sizeOfAll = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + sizeOf(line), 0);

export class GroupCommit {
  readonly #commit: (lines: readonly string[], bytes: number) => Promise<void>;
  readonly #queue: Entry[] = [];
  #working: Promise<void> | undefined;
  /** Bytes that are not on the disk yet. */
  queuedBytes = 0;

  constructor(commit: (lines: readonly string[], bytes: number) => Promise<void>) {
    this.#commit = commit;
  }

  /** Resolves when the lines are on the disk. */
  add(lines: readonly string[], bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ lines, bytes, resolve, reject });
      this.queuedBytes += bytes;
      this.#working ??= this.#work();
    });
  }

  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // Requests of the same moment belong into one group.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#commit(
          group.flatMap(({ lines }) => lines),
          group.reduce((sum, { bytes }) => sum + bytes, 0),
        );
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
      for (const { bytes } of group) this.queuedBytes -= bytes;
    }
    this.#working = undefined;
  }

  #takeGroup(): Entry[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && bytes <= GROUP_BYTES) bytes += this.#queue[count++]?.bytes ?? 0;
    return this.#queue.splice(0, count);
  }
}
