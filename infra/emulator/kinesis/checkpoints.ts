/** How far a consumer of a stream has come, per shard: one small JSON file per consumer. */
import { z } from 'zod';
import { type Clock, systemClock } from '../base/clock.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { readStateFile } from '../state/state-file.ts';

/** Records up to and including this one are dealt with; `SHARD_END`: all that the shard will ever hold. */
export type Checkpoint = { sequenceNumber: string } | 'SHARD_END';

export interface Checkpoints {
  /** When this consumer first started, in ms since the epoch: `LATEST` means the records from here on. */
  readonly startedAt: number;
  get(shardId: string): Checkpoint | undefined;
  /** Resolves when the file on disk says so. Calls made meanwhile share one write. */
  save(shardId: string, checkpoint: Checkpoint): Promise<void>;
}

const fileSchema = z.object({
  startedAt: z.number(),
  shards: z.record(z.string(), z.union([z.literal('SHARD_END'), z.object({ sequenceNumber: z.string() })])),
});

/**
 * The checkpoints kept in `file`; a new file is written at once, so that the consumer's start outlives a crash.
 * @throws SetupError when the file exists and holds something else
 */
export async function openCheckpoints(
  file: string,
  clock: Pick<Clock, 'now'> = systemClock,
): Promise<Checkpoints> {
  const state = (await readStateFile(
    file,
    fileSchema,
    `${file} holds no checkpoints. Delete it to read the stream from its beginning again.`,
  )) ?? { startedAt: clock.now(), shards: {} };
  let writing: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  const write = () => writeFileAtomic(file, `${JSON.stringify(state, undefined, 2)}\n`);
  /** One write under way and at most one waiting, which takes along everything that came since. */
  function flush(): Promise<void> {
    if (!writing) {
      writing = write().finally(() => {
        writing = undefined;
      });
      return writing;
    }
    queued ??= writing
      .catch(() => undefined)
      .then(() => {
        queued = undefined;
        return flush();
      });
    return queued;
  }

  await flush();
  return {
    startedAt: state.startedAt,
    get: (shardId) => state.shards[shardId],
    save(shardId, checkpoint) {
      state.shards[shardId] = checkpoint;
      return flush();
    },
  };
}
