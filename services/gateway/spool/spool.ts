/**
 * The spool: readings on the site's disk, from their acceptance until the stream has them. A line is stored before it is
 * acknowledged, and leaves in the order in which it came.
 *
 * Every line ever taken is in exactly one place: accepted = forwarded + dropped + waiting.
 */
import { DEFAULT_RECORD_BYTES, formatSentHour, MAX_READINGS_PER_RECORD } from '../../contract/reading.ts';
import { type Position, sizeOf } from './chunk.ts';
import { GroupCommit, sizeOfAll } from './group-commit.ts';
import { after, Reader, type StoredLine } from './reader.ts';
import { STAMP_BYTES, stamped } from './stamp.ts';
import { oldestNeeded, type Pending, type SpoolState } from './state.ts';
import { openStore, type Store } from './store.ts';

export type WhenFull = 'refuse' | 'drop-oldest';

export interface SpoolOptions {
  folder: string;
  limitBytes: number;
  whenFull: WhenFull;
  /** ms since the epoch. */
  now(): number;
}

/** A Kinesis record in the making. */
export interface SpoolRecord {
  data: Buffer;
  lines: number;
}

export interface SpoolCounts {
  accepted: number;
  forwarded: number;
  dropped: number;
  waiting: number;
  waitingBytes: number;
}

/** Above this, in bytes, the gateway is catching up: larger records, which need fewer round trips. */
export const CATCH_UP_BYTES = 64 * 1024;
/** Fits the 128 KB of an AWS IoT message, with its topic. */
const CATCH_UP_RECORD_BYTES = 110 * 1024;
/** A record waits this long for more lines, in ms. */
const LINGER_MS = 1000;
/** Given up at once when the spool is full, as a share of its limit: each time costs a write. */
const DROP_SHARE = 1 / 64;
/** Chunks are freed when this many bytes have been passed. */
const FREE_EVERY_BYTES = 1024 * 1024;
export class Spool {
  readonly #store: Store;
  readonly #options: SpoolOptions;
  readonly #reader: Reader;
  readonly #state: SpoolState;
  readonly #appends = new GroupCommit((lines) => this.#commit(lines));
  /** Where the last line that is on the disk ends. */
  #end: Position;
  /** Chunks before this have been freed. */
  #freedLine = 0;
  #freedByte: number;
  #stateIsSaved = true;
  /** `next` of the state that is on the disk: lines before it are in records whose bounds are there. */
  #savedNextLine: number;
  /** A write has failed: how much of it is on the disk is not known. */
  #broken = false;
  /** What uses the state, one after the other. */
  #turns: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<() => void>();

  private constructor(store: Store, options: SpoolOptions, state: SpoolState, end: Position) {
    this.#store = store;
    this.#options = options;
    this.#state = state;
    this.#end = end;
    this.#freedByte = oldestNeeded(state).byte;
    this.#savedNextLine = state.next.line;
    this.#reader = new Reader(store);
  }

  static async open(options: SpoolOptions): Promise<Spool> {
    const store = await openStore(options.folder);
    const state = await store.state();
    return new Spool(store, options, state, (await store.end()) ?? state.next);
  }

  get counts(): SpoolCounts {
    const { forwarded, dropped, next, pending, planned } = this.#state;
    const underWay = [pending, planned].reduce(
      (sum, one) => sum + (one ? one.to.byte - one.from.byte : 0),
      0,
    );
    return {
      accepted: this.#end.line,
      forwarded,
      dropped,
      waiting: this.#end.line - forwarded - dropped,
      waitingBytes: this.#end.byte - next.byte + underWay,
    };
  }

  /** Called after every append and every record that was settled. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Stores lines, all or none.
   * @returns false if there is no space for them; true when they are on the disk
   */
  async append(lines: readonly string[]): Promise<boolean> {
    if (lines.length === 0) return true;
    const { whenFull, limitBytes } = this.#options;
    const bytes = sizeOfAll(lines);
    if (whenFull === 'drop-oldest' ? bytes > limitBytes : !this.#hasSpaceFor(bytes)) return false;
    await this.#appends.add(lines, bytes);
    return true;
  }

  /** Resolves when there may be space for so many bytes again, or when `stop` has aborted. */
  async whenSpace(bytes: number, stop: AbortSignal): Promise<void> {
    while (!stop.aborted && !this.#hasSpaceFor(bytes)) {
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#listeners.delete(done);
          stop.removeEventListener('abort', done);
          resolve();
        };
        this.#listeners.add(done);
        stop.addEventListener('abort', done);
      });
    }
  }

  /** How long until there is a record to send, in ms; undefined when nothing waits. */
  waitMs(): Promise<number | undefined> {
    return this.#inTurn(() => this.#waitMs());
  }

  /** When the oldest line that waits was stored, ms since the epoch. */
  oldestMs(): Promise<number | undefined> {
    return this.#inTurn(async () => (await this.#oldest())?.storedMs);
  }

  /**
   * The next record, or again the one that was not settled. Its bounds and its hour are on the disk before it is handed
   * out, so that it is the same after a crash.
   * @param nowMs what the hour of sending is taken from
   */
  take(nowMs: number): Promise<SpoolRecord | undefined> {
    return this.#inTurn(() => this.#take(nowMs));
  }

  /** While a record is under way: decides on the next one, where there is enough for it. */
  plan(nowMs: number): Promise<void> {
    return this.#inTurn(() => this.#plan(nowMs));
  }

  /** The stream has the record. A crash before the next write sends it once more, with the same bytes. */
  settle(): Promise<void> {
    return this.#inTurn(() => this.#settle());
  }

  async close(): Promise<void> {
    await this.#appends.idle();
    await this.#inTurn(async () => {
      if (!this.#stateIsSaved) await this.#save();
      await this.#store.close();
    });
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(act);
    this.#turns = turn.catch(() => {});
    return turn;
  }

  #hasSpaceFor(bytes: number): boolean {
    return this.counts.waitingBytes + this.#appends.queuedBytes + bytes <= this.#options.limitBytes;
  }

  #hasFullRecord(): boolean {
    const { line, byte } = this.#state.next;
    return this.#end.byte - byte >= DEFAULT_RECORD_BYTES || this.#end.line - line >= MAX_READINGS_PER_RECORD;
  }

  async #oldest(): Promise<StoredLine | undefined> {
    const [first] = await this.#reader.read(oldestNeeded(this.#state), this.#end, () => false);
    return first;
  }

  async #waitMs(): Promise<number | undefined> {
    const { pending, planned } = this.#state;
    if (pending || planned || this.#hasFullRecord()) return 0;
    const first = await this.#oldest();
    if (!first) return undefined;
    // A clock that was set back must not hold readings up.
    return Math.min(LINGER_MS, Math.max(0, first.storedMs + LINGER_MS - this.#options.now()));
  }

  async #take(nowMs: number): Promise<SpoolRecord | undefined> {
    const state = this.#state;
    if (!state.pending) {
      // On the disk it may still stand behind the one before, which would be sent again as well.
      state.pending = state.planned ?? (await this.#next(nowMs));
      state.planned = undefined;
    }
    if (!state.pending) return undefined;
    if (!this.#isOnDisk(state.pending)) await this.#save();
    const { from, to, hour } = state.pending;
    const lines = await this.#reader.read(from, to, () => true);
    return {
      data: Buffer.from(lines.map(({ text }) => stamped(text, hour)).join('\n')),
      lines: lines.length,
    };
  }

  async #plan(nowMs: number): Promise<void> {
    const state = this.#state;
    if (!state.pending || state.planned || !this.#hasFullRecord()) return;
    state.planned = await this.#next(nowMs);
    await this.#save();
  }

  /** Takes lines into a record, which is not on the disk yet. */
  async #next(nowMs: number): Promise<Pending | undefined> {
    const from = this.#state.next;
    const catchingUp = this.#end.byte - from.byte > CATCH_UP_BYTES;
    const most = catchingUp ? CATCH_UP_RECORD_BYTES : DEFAULT_RECORD_BYTES;
    const lines = await this.#reader.read(
      from,
      this.#end,
      (count, bytes) => count <= MAX_READINGS_PER_RECORD && bytes + count * STAMP_BYTES <= most,
    );
    if (lines.length === 0) return undefined;
    this.#state.next = after(from, lines);
    this.#stateIsSaved = false;
    return { from, to: this.#state.next, hour: formatSentHour(nowMs) };
  }

  #isOnDisk({ to }: Pending): boolean {
    return to.line <= this.#savedNextLine;
  }

  async #settle(): Promise<void> {
    const { pending } = this.#state;
    if (!pending) return;
    this.#state.forwarded += pending.to.line - pending.from.line;
    this.#state.pending = undefined;
    this.#stateIsSaved = false;
    this.#changed();
    // The next record's write says it too. Without one at once, a crash would send this one again.
    if (!this.#state.planned && !this.#hasFullRecord()) await this.#save();
    if (oldestNeeded(this.#state).byte - this.#freedByte >= FREE_EVERY_BYTES) await this.#free();
  }

  async #commit(lines: readonly string[]): Promise<void> {
    if (this.#broken) await this.#inTurn(() => this.#recover());
    const bytes = sizeOfAll(lines);
    if (this.counts.waitingBytes + bytes > this.#options.limitBytes) {
      await this.#inTurn(() => this.#dropOldest(bytes));
    }
    await this.#writing(this.#store.append(this.#end, this.#options.now(), lines));
    this.#end = { line: this.#end.line + lines.length, byte: this.#end.byte + bytes };
    this.#changed();
  }

  /** Gives up the oldest lines that are not in the record under way. */
  async #dropOldest(bytes: number): Promise<void> {
    const enough = Math.max(bytes, this.#options.limitBytes * DROP_SHARE);
    const from = this.#state.next;
    let to = from;
    for await (const { at, lines } of this.#store.chunks(from.line)) {
      if (to.byte - from.byte >= enough) break;
      const rest = lines.slice(Math.max(0, from.line - at.line));
      to = { line: to.line + rest.length, byte: rest.reduce((sum, line) => sum + sizeOf(line), to.byte) };
    }
    this.#state.dropped += to.line - from.line;
    this.#state.next = to;
    this.#stateIsSaved = false;
    const last = this.#state.planned ?? this.#state.pending;
    if (!last) return this.#free();
    await this.#save();
    await this.#store.free(last.to.line, to);
  }

  async #free(): Promise<void> {
    // What is freed must not be what a crash would send again.
    if (!this.#stateIsSaved) await this.#save();
    const needed = oldestNeeded(this.#state);
    this.#freedByte = needed.byte;
    this.#freedLine = await this.#store.free(this.#freedLine, needed);
  }

  async #save(): Promise<void> {
    if (this.#broken) await this.#recover();
    await this.#writing(this.#store.save(this.#state));
    this.#stateIsSaved = true;
    this.#savedNextLine = this.#state.next.line;
  }

  async #writing(write: Promise<void>): Promise<void> {
    try {
      await write;
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  /** After a failed write, before the next one: lines that are on the disk after all count as accepted. */
  async #recover(): Promise<void> {
    await this.#store.reopen();
    this.#end = (await this.#store.end()) ?? this.#end;
    this.#broken = false;
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
