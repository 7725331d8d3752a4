/**
 * What is delivered, in one small file. An object is first written to a staging folder and then moved into the bucket.
 * Between the two steps the journal records the moves and the checkpoint in one durable write. So after a crash either
 * nothing has happened or the next start completes the moves, and no record is delivered twice.
 */
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { createInTurn } from '../base/in-turn.ts';
import { countsSchema } from '../kinesis/log/counts.ts';
import type { Passed } from '../kinesis/reader/passed.ts';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { readStateFile, stateText } from '../state/state-file.ts';
import { makeFolder, sync } from '../state/sync.ts';

const stateSchema = z.object({
  /** When the delivery stream first started, in ms since the epoch. */
  startedAt: z.number(),
  /** Shard → last record that is in an object. */
  shards: z.record(z.string(), z.string()),
  /** Segments of the spool up to this one are in objects. */
  spoolSegment: z.number(),
  /** How much of each shard is in objects. */
  passed: z.record(z.string(), countsSchema).optional(),
  /** Of the last delivery, with the number of lines in the object. */
  moves: z.array(z.object({ from: z.string(), to: z.string(), lines: z.number().optional() })),
});

type State = z.infer<typeof stateSchema>;
export type Move = State['moves'][number];

export interface Step {
  shards: ReadonlyMap<string, string>;
  passed: readonly Passed[];
  spoolSegment: number;
  moves: Move[];
}

export interface Journal {
  /** Objects of the last delivery that are neither staged nor in the bucket any more. */
  readonly gone: readonly Move[];
  readonly state: Readonly<State>;
  /** Records the delivery, then makes the moves. Can be called again after a failure. */
  commit(step: Step): Promise<void>;
  /** At the end, when all are made: a person may delete objects from now on. */
  forgetMoves(): Promise<void>;
  /** Counts as delivered from then on: what is lost. */
  note(passed: readonly Passed[]): Promise<void>;
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
  /** Also of a commit whose moves are not made yet: what is noted meanwhile must keep them. */
  let onDisk = state;
  async function write(next: State): Promise<void> {
    await writeFileAtomic(file, stateText(next), { durable: true });
    onDisk = next;
  }
  await write(state);
  const gone = await makeMoves(state.moves);
  if (gone.length > 0) {
    state = { ...state, moves: [] };
    await write(state);
  }
  const inTurn = createInTurn();
  const withPassed = ({ passed: before }: State, passed: readonly Passed[]): State['passed'] => ({
    ...before,
    ...Object.fromEntries(passed.map(({ shard, records, lines }) => [shard, { records, lines }])),
  });
  return {
    gone,
    get state() {
      return state;
    },
    forgetMoves: () =>
      inTurn(async () => {
        state = { ...state, moves: [] };
        await write(state);
      }),
    note: (passed) =>
      inTurn(async () => {
        await write({ ...onDisk, passed: withPassed(onDisk, passed) });
        state = { ...state, passed: withPassed(state, passed) };
      }),
    commit: ({ shards, passed, spoolSegment, moves }) =>
      inTurn(async () => {
        const next = {
          startedAt: state.startedAt,
          passed: withPassed(state, passed),
          shards: { ...state.shards, ...Object.fromEntries(shards) },
          spoolSegment,
          moves,
        };
        await write(next);
        await makeMoves(moves);
        state = next;
      }),
  };
}

/** A file that is missing has been moved already. @returns those that are not where they were moved to, either */
async function makeMoves(moves: readonly Move[]): Promise<Move[]> {
  const gone: Move[] = [];
  const folders = new Set(moves.map(({ to }) => dirname(to)));
  for (const folder of folders) await makeFolder(folder);
  for (const move of moves) {
    try {
      await rename(move.from, move.to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      if (!existsSync(move.to)) gone.push(move);
    }
  }
  // The next delivery takes these moves out of the journal.
  for (const folder of folders) await sync(folder);
  return gone;
}
