/**
 * Records of a stream that come while the disk is busy share its next write: synchronizing a file costs the same for one
 * as for many. Each shard's file is written and synchronized beside the others'.
 */
import { type Counts, NOTHING, plus } from './counts.ts';
import type { NewFrame, ShardLog } from './shard-log.ts';

export interface Batch {
  log: ShardLog;
  frames: readonly NewFrame[];
  counts: Counts;
}

interface Waiting extends Batch {
  resolve(): void;
  reject(error: unknown): void;
}

/** Called with what is on the disk, before its senders are told so. */
export type OnCommitted = (counts: ReadonlyMap<ShardLog, Counts>) => void;

export class Committer {
  readonly #onCommitted: OnCommitted;
  #queue: Waiting[] = [];
  #working: Promise<void> | undefined;

  constructor(onCommitted: OnCommitted) {
    this.#onCommitted = onCommitted;
  }

  /** Resolves when the batch is on the disk. Batches of a log are written in the order of the calls. */
  commit(batch: Batch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...batch, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // What comes in the same moment belongs into one write.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const group = byLog(this.#queue.splice(0));
      const written = new Map<ShardLog, Counts>();
      const failed = new Map<ShardLog, unknown>();
      await Promise.all([...group].map(([log, batches]) => write(log, batches, written, failed)));
      if (written.size > 0) this.#onCommitted(written);
      for (const [log, batches] of group) {
        for (const { resolve, reject } of batches) {
          if (failed.has(log)) reject(failed.get(log));
          else resolve();
        }
      }
    }
    this.#working = undefined;
  }
}

function byLog(batches: readonly Waiting[]): Map<ShardLog, Waiting[]> {
  const groups = new Map<ShardLog, Waiting[]>();
  for (const batch of batches) {
    const group = groups.get(batch.log);
    if (group) group.push(batch);
    else groups.set(batch.log, [batch]);
  }
  return groups;
}

async function write(
  log: ShardLog,
  batches: readonly Batch[],
  written: Map<ShardLog, Counts>,
  failed: Map<ShardLog, unknown>,
): Promise<void> {
  try {
    await log.append(batches.flatMap(({ frames }) => frames));
    written.set(
      log,
      batches.reduce((sum, { counts }) => plus(sum, counts), NOTHING),
    );
  } catch (error) {
    failed.set(log, error);
  }
}
