/** The position of a consumer in each shard of a stream: one small JSON file per consumer. */
import { z } from 'zod';
import { type Clock, systemClock } from '../../base/clock.ts';
import { writeFileAtomic } from '../../state/atomic-file.ts';
import { readStateFile, stateText } from '../../state/state-file.ts';
import { type Counts, countsSchema } from '../log/counts.ts';
import type { Passed } from './passed.ts';

/** The last record that is dealt with; `SHARD_END` when the shard has ended and all its records are. */
export type Checkpoint = { sequenceNumber: string } | 'SHARD_END';

export interface Checkpoints {
  /** When this consumer first started, in ms since the epoch: `LATEST` begins there. */
  readonly startedAt: number;
  get(shardId: string): Checkpoint | undefined;
  /** How much of a shard is dealt with, as saved with its checkpoint. */
  passed(shard: string): Counts | undefined;
  /** Resolves when the checkpoint is on disk. Concurrent calls share a write. */
  save(shardId: string, checkpoint: Checkpoint, passed?: Passed): Promise<void>;
  note(passed: readonly Passed[]): Promise<void>;
}

const fileSchema = z.object({
  startedAt: z.number(),
  shards: z.record(z.string(), z.union([z.literal('SHARD_END'), z.object({ sequenceNumber: z.string() })])),
  passed: z.record(z.string(), countsSchema).optional(),
});

/**
 * The checkpoints kept in `file`. A new file is written at once, so that the consumer's start survives a crash.
 * @throws SetupError when the file exists and holds something else
 */
export async function loadCheckpoints(
  file: string,
  clock: Pick<Clock, 'now'> = systemClock,
): Promise<Checkpoints> {
  const state = readStateFile(
    file,
    fileSchema,
    `${file} is damaged: how far its consumer has read is lost. Delete it to read everything that the stream still holds again.`,
  ) ?? { startedAt: clock.now(), shards: {} };
  const passed = new Map(Object.entries(state.passed ?? {}));
  let writing: Promise<void> | undefined;
  let queued: Promise<void> | undefined;

  const write = () => writeFileAtomic(file, stateText({ ...state, passed: Object.fromEntries(passed) }));
  const set = ({ shard, records, lines }: Passed) => passed.set(shard, { records, lines });
  /** At most one write runs and one waits, which includes all changes since. */
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
    passed: (shard) => passed.get(shard),
    save(shardId, checkpoint, upTo) {
      state.shards[shardId] = checkpoint;
      if (upTo) set(upTo);
      return flush();
    },
    note(all) {
      for (const one of all) set(one);
      return flush();
    },
  };
}
