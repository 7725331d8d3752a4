/**
 * How much each shard has acknowledged since it began, in a file of its own: what the store has lost, because records
 * grew too old or its files were damaged, is known only by something outside of it.
 */
import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { EntryFile, readEntries, splitLines } from '../state/entry-file.ts';
import { type Counts, countLines, NOTHING, plus } from './counts.ts';
import { db, type StoredRecord } from './kinesalite.ts';

const entrySchema = z.object({ shard: z.string(), records: z.number(), lines: z.number() });

/** Entries of the file before it is written anew. */
const MAX_ENTRIES = 5_000;

export class StreamTally {
  readonly #file: EntryFile;
  /** The last entry of a shard counts. */
  readonly #totals = new Map<string, Counts>();
  #entries = Number.POSITIVE_INFINITY;

  constructor(path: string) {
    this.#file = new EntryFile(path);
    for (const line of readEntries(path, splitLines).entries) {
      const entry = parseJson(line.toString(), entrySchema);
      if (entry) this.#totals.set(entry.shard, { records: entry.records, lines: entry.lines });
    }
  }

  /** Shards of the stream, also those of an earlier stream of its name, see {@link shardKey}. */
  shardsOf(stream: string, shardId: string): string[] {
    return [...this.#totals.keys()].filter((key) => key.startsWith(`${stream}/${shardId}/`));
  }

  total(shard: string): Counts | undefined {
    return this.#totals.get(shard);
  }

  add(shard: string, counts: Counts): void {
    this.#totals.set(shard, plus(this.total(shard) ?? NOTHING, counts));
    try {
      if (this.#entries >= MAX_ENTRIES) {
        this.#file.replace([...this.#totals.keys()].map((key) => this.#line(key)));
        this.#entries = this.#totals.size;
      } else {
        this.#file.append([this.#line(shard)]);
        this.#entries += 1;
      }
    } catch {
      // On a full disk. The next entry says the same and more; the record itself is safe already.
    }
  }

  #line(shard: string): Uint8Array {
    return Buffer.from(`${JSON.stringify({ shard, ...this.#totals.get(shard) })}\n`);
  }
}

/** A shard of a stream that was created anew is another one. @param createdMs is part of its sequence numbers */
export const shardKey = (stream: string, shardId: string, createdMs: number) =>
  `${stream}/${shardId}/${createdMs}`;

/** Records of one write, by shard. */
export function countWritten(tally: StreamTally, stream: string, records: readonly StoredRecord[]): void {
  const shards = new Map<string, Counts>();
  const keys = new Map<string, string>();
  for (const { key, value } of records) {
    const [hex = '', sequenceNumber = ''] = key.split('/');
    const shard = keys.get(hex) ?? keyOf(stream, hex, sequenceNumber);
    keys.set(hex, shard);
    const counts = { records: 1, lines: countLines(Buffer.from(value.Data, 'base64')) };
    shards.set(shard, plus(shards.get(shard) ?? NOTHING, counts));
  }
  for (const [shard, counts] of shards) tally.add(shard, counts);
}

const keyOf = (stream: string, hex: string, sequenceNumber: string) =>
  shardKey(
    stream,
    db.shardIdName(Number.parseInt(hex, 16)),
    db.parseSequence(sequenceNumber).shardCreateTime,
  );
