/** The spool's disk: LevelDB, with synchronous writes. docs/decisions/0040 has what was measured against it. */
import { ClassicLevel } from 'classic-level';
import {
  CHUNKS,
  type Chunk,
  chunkKey,
  decodeChunk,
  encodeChunk,
  endOf,
  lineOfKey,
  type Position,
} from './chunk.ts';
import { decodeState, emptyState, encodeState, type SpoolState, STATE_KEY } from './state.ts';

/** LevelDB keeps what was deleted until it is compacted: after this many bytes that the spool has passed. */
const COMPACT_EVERY_BYTES = 32 * 1024 * 1024;
/** A gateway is a small machine: two of these are in memory while one is written. */
const WRITE_BUFFER_BYTES = 2 * 1024 * 1024;

export interface Store {
  state(): Promise<SpoolState>;
  /** Where the last line ends. */
  end(): Promise<Position | undefined>;
  /** Resolves when the chunk is on the disk. */
  append(at: Position, storedMs: number, lines: readonly string[]): Promise<void>;
  /** Resolves when the state is on the disk. */
  save(state: SpoolState): Promise<void>;
  /** Chunks in order, from the one that has this line. */
  chunks(fromLine: number): AsyncIterable<Chunk>;
  /**
   * Frees the chunks from that line on that end before `to`.
   * @returns the first line of the first chunk that stays
   */
  free(fromLine: number, to: Position): Promise<number>;
  /** After a write has failed: forgets what of it is on the disk only in part. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export async function openStore(folder: string): Promise<Store> {
  const db = new ClassicLevel<string, Buffer>(folder, {
    valueEncoding: 'buffer',
    writeBufferSize: WRITE_BUFFER_BYTES,
    cacheSize: 1024 * 1024,
  });
  await db.open();
  let compactedByte = 0;

  const keyOf = async (line: number): Promise<string> => {
    const [key] = await db.keys({ gte: CHUNKS.gte, lte: chunkKey(line), reverse: true, limit: 1 }).all();
    return key ?? chunkKey(line);
  };

  return {
    async state() {
      const value = await db.get(STATE_KEY);
      return value === undefined ? emptyState() : decodeState(value);
    },
    async end() {
      const [last] = await db.iterator({ ...CHUNKS, reverse: true, limit: 1 }).all();
      return last && endOf(decodeChunk(...last));
    },
    append: (at, storedMs, lines) =>
      db.put(chunkKey(at.line), encodeChunk(at.byte, storedMs, lines), { sync: true }),
    save: (state) => db.put(STATE_KEY, encodeState(state), { sync: true }),
    async *chunks(fromLine) {
      const { lt } = CHUNKS;
      for await (const entry of db.iterator({ gte: await keyOf(fromLine), lt })) yield decodeChunk(...entry);
    },
    async free(fromLine, to) {
      const lt = await keyOf(to.line);
      await db.clear({ gte: chunkKey(fromLine), lt });
      if (to.byte - compactedByte >= COMPACT_EVERY_BYTES) {
        compactedByte = to.byte;
        await db.compactRange(CHUNKS.gte, lt);
      }
      return lineOfKey(lt);
    },
    async reopen() {
      await db.close();
      await db.open();
    },
    close: () => db.close(),
  };
}
