/**
 * What is delivered, in one small file. An object is first written to a staging folder and then moved into the bucket.
 * Between the two steps the journal records the moves and the checkpoint in one durable write. So after a crash either
 * nothing has happened or the next start completes the moves, and no record is delivered twice.
 */
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { readStateFile, stateText } from '../state/state-file.ts';

const stateSchema = z.object({
  /** When the delivery stream first started, in ms since the epoch. */
  startedAt: z.number(),
  /** Shard → last record that is in an object. */
  shards: z.record(z.string(), z.string()),
  /** Segments of the spool up to this one are in objects. */
  spoolSegment: z.number(),
  moves: z.array(z.object({ from: z.string(), to: z.string() })),
});

type State = z.infer<typeof stateSchema>;
export type Move = State['moves'][number];

export interface Journal {
  readonly state: Readonly<State>;
  /** Records the delivery, then makes the moves. Can be called again after a failure. */
  commit(step: { shards: ReadonlyMap<string, string>; spoolSegment: number; moves: Move[] }): Promise<void>;
}

/**
 * Opens the journal and completes what an earlier process began.
 * @throws SetupError when the file exists and is not a journal
 */
export async function loadJournal(file: string, clock: Pick<Clock, 'now'>): Promise<Journal> {
  let state = readStateFile(
    file,
    stateSchema,
    `${file} is damaged: what has been delivered is lost. Delete it to deliver again everything that the stream still holds, so that rows come twice.`,
  ) ?? { startedAt: clock.now(), shards: {}, spoolSegment: 0, moves: [] };
  const write = (next: State) => writeFileAtomic(file, stateText(next), { durable: true });
  await write(state);
  await makeMoves(state.moves);
  return {
    get state() {
      return state;
    },
    async commit({ shards, spoolSegment, moves }) {
      const next = {
        startedAt: state.startedAt,
        shards: { ...state.shards, ...Object.fromEntries(shards) },
        spoolSegment,
        moves,
      };
      await write(next);
      await makeMoves(moves);
      state = next;
    },
  };
}

/** A file that is missing has been moved already. */
async function makeMoves(moves: readonly Move[]): Promise<void> {
  for (const { from, to } of moves) {
    await mkdir(dirname(to), { recursive: true });
    try {
      await rename(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
