/** At a consumer's start: is everything that was acknowledged and that it has not dealt with still in the stream? */
import { type Counts, minus, NOTHING, plus } from '../log/counts.ts';
import { parseSequence } from '../stream/sequence.ts';
import type { Shard } from '../stream/shard.ts';
import type { Streams } from '../stream/streams.ts';

export interface Position {
  streamName: string;
  shardId: string;
  /** Last record dealt with. */
  after: string | undefined;
  /** How much of a shard was dealt with up to there; undefined where nobody counted. */
  passed(shard: string): Counts | undefined;
}

export interface Finding {
  shard: string;
  /** In the store, and too old to be read. */
  aged: Counts;
  /** Acknowledged, and not in the store. */
  missing: Counts;
  /** What counts as dealt with from now on: also what is lost. */
  passed: Counts;
}

export interface Audited {
  /** The shard as it is now. */
  shard: string;
  /** One for each shard of that name, the present one last. */
  findings: Finding[];
  retentionHours: number;
}

/** @returns undefined where the stream or shard is not there */
export async function auditShard(streams: Streams, position: Position): Promise<Audited | undefined> {
  const { tally } = streams;
  const { streamName, shardId, passed } = position;
  const stream = streams.get(streamName);
  const found = stream?.shards.find(({ id }) => id === shardId);
  if (!stream || !found) return undefined;
  const shard = stream.keyOf(found);
  const oldestMs = stream.oldestMs();
  const { aged: heldAged, alive } = await countHeld(found, position.after, oldestMs);
  const held = plus(heldAged, alive);
  const counted = tally.total(shard);
  if (counted === undefined) tally.add([{ shard, next: found.log.next, ...held }]);
  const total = counted ?? held;
  // A consumer of an earlier version did not count: what is missing to it cannot be told.
  const before = passed(shard) ?? (position.after === undefined ? NOTHING : minus(total, held));
  const gone = atLeastNothing(minus(minus(total, before), held));
  // What was too old may have been deleted.
  const grewOld = timeOf(position.after, found) < oldestMs;
  const aged = grewOld ? plus(heldAged, gone) : heldAged;
  const missing = grewOld ? NOTHING : gone;
  const former = tally
    .shardsOf(streamName, shardId)
    .filter((key) => key !== shard)
    .map((key): Finding => {
      const all = tally.total(key) ?? NOTHING;
      const left = atLeastNothing(minus(all, passed(key) ?? NOTHING));
      return { shard: key, aged: NOTHING, missing: left, passed: plus(NOTHING, all) };
    });
  const present = { shard, aged, missing, passed: plus(before, plus(aged, missing)) };
  return { shard, findings: [...former, present], retentionHours: stream.state.retentionHours };
}

/** What is in the log after the position, and not damaged. */
async function countHeld(shard: Shard, after: string | undefined, oldestMs: number) {
  const index = after === undefined ? 0 : (shard.indexOf(after) ?? -1) + 1;
  let [aged, alive] = [NOTHING, NOTHING];
  for await (const { record, lines } of shard.log.records({ index, sinceMs: 0 })) {
    const counts = { records: 1, lines };
    if (record.arrivalMs < oldestMs) aged = plus(aged, counts);
    else alive = plus(alive, counts);
  }
  return { aged, alive };
}

/** When the last record dealt with arrived; without one, when the shard began. */
function timeOf(after: string | undefined, shard: Shard): number {
  if (after === undefined || shard.indexOf(after) === undefined) return shard.state.createdSecs * 1000;
  return (parseSequence(after)?.arrivalSecs ?? 0) * 1000;
}

const atLeastNothing = ({ records, lines }: Counts): Counts => ({
  records: Math.max(0, records),
  lines: Math.max(0, lines),
});
