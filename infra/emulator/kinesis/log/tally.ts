/**
 * How much each shard has acknowledged since it began, in a file of its own: what the log has lost, because records grew
 * too old or its files were damaged, is known only by something outside of it.
 */
import { z } from 'zod';
import { parseJson } from '../../base/parse-json.ts';
import { EntryFile, readEntries, splitLines } from '../../state/entry-file.ts';
import { type Counts, NOTHING, plus } from './counts.ts';

const entrySchema = z.object({
  shard: z.string(),
  records: z.number(),
  lines: z.number(),
  next: z.number().default(0),
});

/** Also the index that the shard's next record had. */
export interface Total extends Counts {
  next: number;
}

/** Entries of the file before it is written anew. */
const MAX_ENTRIES = 5_000;
const NO_TOTAL: Total = { ...NOTHING, next: 0 };

export class StreamTally {
  readonly #file: EntryFile;
  /** The last entry of a shard counts. */
  readonly #totals = new Map<string, Total>();
  #entries = Number.POSITIVE_INFINITY;

  constructor(path: string) {
    this.#file = new EntryFile(path);
    for (const line of readEntries(path, splitLines).entries) {
      const entry = parseJson(line.toString(), entrySchema);
      if (entry)
        this.#totals.set(entry.shard, { records: entry.records, lines: entry.lines, next: entry.next });
    }
  }

  /** Shards of the stream, also those of an earlier stream of its name, see {@link shardKey}. */
  shardsOf(stream: string, shardId: string): string[] {
    return [...this.#totals.keys()].filter((key) => key.startsWith(`${stream}/${shardId}/`));
  }

  total(shard: string): Total | undefined {
    return this.#totals.get(shard);
  }

  /** One write for all of them. */
  add(additions: readonly (Total & { shard: string })[]): void {
    for (const { shard, next, ...counts } of additions) {
      this.#totals.set(shard, { ...plus(this.total(shard) ?? NO_TOTAL, counts), next });
    }
    this.#write(additions.map(({ shard }) => shard));
  }

  /** Of a stream that somebody has deleted: nothing of it can be missed. */
  forget(stream: string): void {
    const keys = [...this.#totals.keys()].filter((key) => key.startsWith(`${stream}/`));
    for (const key of keys) this.#totals.delete(key);
    this.#entries = Number.POSITIVE_INFINITY;
    this.#write([]);
  }

  #write(shards: readonly string[]): void {
    try {
      if (this.#entries + shards.length > MAX_ENTRIES) {
        this.#file.replace([...this.#totals.keys()].map((key) => this.#line(key)));
        this.#entries = this.#totals.size;
      } else {
        this.#file.append(shards.map((shard) => this.#line(shard)));
        this.#entries += shards.length;
      }
    } catch {
      // On a full disk. The next entry says the same and more; the records themselves are safe already.
    }
  }

  #line(shard: string): Uint8Array {
    return Buffer.from(`${JSON.stringify({ shard, ...this.#totals.get(shard) })}\n`);
  }
}

/** A shard of a stream that was created anew is another one. @param createdMs is part of its sequence numbers */
export const shardKey = (stream: string, shardId: string, createdMs: number) =>
  `${stream}/${shardId}/${createdMs}`;
