/** What of the spool is on the disk, and how writes to it fail: all of one write counts, or none. */
import type { Chunk, Position } from './chunk.ts';
import type { Pending, SpoolState } from './state.ts';
import { openStore, type Store } from './store.ts';

export class Disk {
  readonly store: Store;
  #end: Position;
  /** `next` of the state that is on the disk: lines before it are in records whose bounds are there. */
  #savedNextLine: number;
  /** A write has failed: how much of it is on the disk is not known. */
  #isBroken = false;
  /** Chunks before this have been freed. */
  #freedLine = 0;

  private constructor(store: Store, state: SpoolState, end: Position) {
    this.store = store;
    this.#end = end;
    this.#savedNextLine = state.next.line;
  }

  static async open(folder: string): Promise<{ disk: Disk; state: SpoolState }> {
    const store = await openStore(folder);
    const state = await store.state();
    return { disk: new Disk(store, state, (await store.end()) ?? state.next), state };
  }

  /** Where the last line ends. */
  get end(): Position {
    return this.#end;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** After a failed write, before anything else: lines that are on the disk after all count as accepted. */
  async recover(): Promise<void> {
    await this.store.reopen();
    this.#end = (await this.store.end()) ?? this.#end;
    this.#isBroken = false;
  }

  async append(lines: readonly string[], bytes: number, nowMs: number): Promise<void> {
    // Worked out before: a write of the state that fails meanwhile makes the disk look anew for where the last line ends.
    const end = { line: this.#end.line + lines.length, byte: this.#end.byte + bytes };
    await this.#watch(this.store.append(this.#end, nowMs, lines));
    this.#end = end;
  }

  async save(state: SpoolState): Promise<void> {
    if (this.#isBroken) await this.recover();
    await this.#watch(this.store.save(state));
    this.#savedNextLine = state.next.line;
  }

  /** Whether the record's bounds are on the disk. */
  has({ to }: Pending): boolean {
    return to.line <= this.#savedNextLine;
  }

  async *chunks(fromLine: number): AsyncIterable<Chunk> {
    if (this.#isBroken) await this.recover();
    yield* this.store.chunks(fromLine);
  }

  async freeBefore(to: Position): Promise<void> {
    this.#freedLine = await this.store.free(this.#freedLine, to);
  }

  async freeBetween(from: Position, to: Position): Promise<void> {
    await this.store.free(from.line, to);
  }

  async #watch(write: Promise<void>): Promise<void> {
    try {
      await write;
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }
}
