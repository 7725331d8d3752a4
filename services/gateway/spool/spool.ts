/**
 * The spool: readings on the site's disk, from their acceptance until the stream has them. A line is stored before it is
 * acknowledged, and leaves in the order in which it came.
 *
 * Every line ever taken is in exactly one place: accepted = forwarded + dropped + waiting.
 */
import { formatSentHour } from '../../contract/reading.ts';
import { sizeOf } from './chunk.ts';
import { Disk } from './disk.ts';
import { GroupCommit, sizeOfAll } from './group-commit.ts';
import { fillsRecord, linesOfRecord, recordOf, type SpoolRecord } from './pack.ts';
import { after, Reader, type StoredLine } from './reader.ts';
import { type Free, freeAt, Room } from './room.ts';
import { oldestNeeded, type Pending, type SpoolState } from './state.ts';

export type WhenFull = 'refuse' | 'drop-oldest';

export interface SpoolOptions {
  folder: string;
  limitBytes: number;
  whenFull: WhenFull;
  /** ms since the epoch. */
  now(): number;
  /** Of the disk with the folder; asked of the system, where it is not given. */
  askFree?(): Free;
}

export interface SpoolCounts {
  accepted: number;
  forwarded: number;
  dropped: number;
  waiting: number;
  waitingBytes: number;
}

/** A record waits this long for more lines, in ms. */
const LINGER_MS = 1000;
/** Given up at once when the spool is full, as a share of its limit: each time costs a write. */
const DROP_SHARE = 1 / 64;
/** Chunks are freed when this many bytes have been passed. */
const FREE_EVERY_BYTES = 1024 * 1024;
export class Spool {
  readonly #disk: Disk;
  readonly #options: SpoolOptions;
  readonly #reader: Reader;
  readonly #room: Room;
  readonly #state: SpoolState;
  readonly #appends = new GroupCommit((lines, bytes) => this.#commit(lines, bytes));
  #freedByte: number;
  #stateIsSaved = true;
  /** What uses the state, one after the other. */
  #turns: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<() => void>();

  private constructor(disk: Disk, options: SpoolOptions, state: SpoolState) {
    this.#disk = disk;
    this.#options = options;
    this.#state = state;
    this.#freedByte = oldestNeeded(state).byte;
    this.#reader = new Reader(disk);
    this.#room = new Room(options.askFree ?? (() => freeAt(options.folder)));
  }

  static async open(options: SpoolOptions): Promise<Spool> {
    const { disk, state } = await Disk.open(options.folder);
    return new Spool(disk, options, state);
  }

  get counts(): SpoolCounts {
    const { forwarded, dropped, next, pending, planned } = this.#state;
    const underWay = [pending, planned].reduce(
      (sum, one) => sum + (one ? one.to.byte - one.from.byte : 0),
      0,
    );
    return {
      accepted: this.#disk.end.line,
      forwarded,
      dropped,
      waiting: this.#disk.end.line - forwarded - dropped,
      waitingBytes: this.#disk.end.byte - next.byte + underWay,
    };
  }

  /** Why the disk takes no lines; undefined while it does. */
  get shortage(): string | undefined {
    return this.#room.shortage?.message;
  }

  /** Called after every append and every record that was settled. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Stores lines, all or none.
   * @returns false if the spool's limit has no space for them; true when they are on the disk
   * @throws DiskFull, or what the disk says
   */
  async append(lines: readonly string[]): Promise<boolean> {
    if (lines.length === 0) return true;
    const { whenFull, limitBytes } = this.#options;
    const bytes = sizeOfAll(lines);
    if (whenFull === 'drop-oldest' ? bytes > limitBytes : !this.#hasSpaceFor(bytes)) return false;
    const { shortage } = this.#room;
    if (shortage) throw shortage;
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

  /** The oldest line that waits. */
  oldest(): Promise<StoredLine | undefined> {
    return this.#inTurn(() => this.#oldest());
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
      await this.#disk.store.close();
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
    return fillsRecord(this.#state.next, this.#disk.end);
  }

  async #oldest(): Promise<StoredLine | undefined> {
    const [first] = await this.#reader.read(oldestNeeded(this.#state), this.#disk.end, () => false);
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
    if (!this.#disk.has(state.pending)) await this.#save();
    const { from, to, hour } = state.pending;
    return recordOf(await this.#reader.read(from, to, () => true), hour);
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
    const lines = await linesOfRecord(this.#reader, from, this.#disk.end);
    if (lines.length === 0) return undefined;
    this.#state.next = after(from, lines);
    this.#stateIsSaved = false;
    return { from, to: this.#state.next, hour: formatSentHour(nowMs) };
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

  async #commit(lines: readonly string[], bytes: number): Promise<void> {
    if (this.#disk.isBroken) await this.#inTurn(() => this.#disk.recover());
    if (this.counts.waitingBytes + bytes > this.#options.limitBytes) {
      await this.#inTurn(() => this.#dropOldest(bytes));
    }
    await this.#disk.append(lines, bytes, this.#options.now());
    this.#changed();
  }

  /** Gives up the oldest lines that are not in the record under way. */
  async #dropOldest(bytes: number): Promise<void> {
    const enough = Math.max(bytes, this.#options.limitBytes * DROP_SHARE);
    const from = this.#state.next;
    let to = from;
    for await (const { at, lines } of this.#disk.chunks(from.line)) {
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
    await this.#disk.freeBetween(last.to, to);
  }

  async #free(): Promise<void> {
    // What is freed must not be what a crash would send again.
    if (!this.#stateIsSaved) await this.#save();
    const needed = oldestNeeded(this.#state);
    this.#freedByte = needed.byte;
    await this.#disk.freeBefore(needed);
  }

  async #save(): Promise<void> {
    await this.#disk.save(this.#state);
    this.#stateIsSaved = true;
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
