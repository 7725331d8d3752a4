/** Reads the spool ahead of the sender, from memory while it stays in step. */
import { type Position, sizeOf } from './chunk.ts';
import type { Store } from './store.ts';

type Source = Pick<Store, 'chunks'>;

/** Read at once, in bytes. */
const READ_AHEAD_BYTES = 256 * 1024;

export interface StoredLine {
  text: string;
  /** Bytes in the spool. */
  bytes: number;
  /** ms since the epoch. */
  storedMs: number;
}

export class Reader {
  readonly #source: Source;
  #lines: StoredLine[] = [];
  /** Number of the first of `#lines`. */
  #first = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * Lines from `from` on, up to `to`: as many as `fits` takes, at least one where there is one.
   * @param fits whether a record of so many lines and bytes is allowed; the bytes are those in the spool
   */
  async read(
    from: Position,
    to: Position,
    fits: (lines: number, bytes: number) => boolean,
  ): Promise<StoredLine[]> {
    this.#seek(from.line);
    const taken: StoredLine[] = [];
    let bytes = 0;
    while (from.line + taken.length < to.line) {
      if (taken.length >= this.#lines.length) await this.#more(to.line);
      const line = this.#lines[taken.length];
      if (!line || (taken.length > 0 && !fits(taken.length + 1, bytes + line.bytes))) break;
      bytes += line.bytes;
      taken.push(line);
    }
    return taken;
  }

  /** Forgets what is before `line`, and everything when `line` is not in memory. */
  #seek(line: number): void {
    const passed = line - this.#first;
    this.#lines = passed >= 0 && passed <= this.#lines.length ? this.#lines.slice(passed) : [];
    this.#first = line;
  }

  async #more(before: number): Promise<void> {
    const start = this.#first + this.#lines.length;
    let bytes = 0;
    for await (const { at, lines, storedMs } of this.#source.chunks(start)) {
      if (at.line >= before) return;
      for (const text of lines.slice(Math.max(0, start - at.line))) {
        const line = { text, bytes: sizeOf(text), storedMs };
        bytes += line.bytes;
        this.#lines.push(line);
      }
      if (bytes >= READ_AHEAD_BYTES) return;
    }
  }
}

/** Where so many lines from `from` end. */
export const after = (from: Position, lines: readonly StoredLine[]): Position => ({
  line: from.line + lines.length,
  byte: lines.reduce((sum, { bytes }) => sum + bytes, from.byte),
});
