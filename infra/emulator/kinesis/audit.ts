/** At a consumer's start: is everything that was acknowledged and that it has not dealt with still in the stream? */
import { type FoundShard, findShard } from './at-timestamp.ts';
import { type Counts, countLines, minus, NOTHING, plus } from './counts.ts';
import { db, type Store } from './kinesalite.ts';
import { type StreamTally, shardKey } from './tally.ts';

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
export async function auditShard(
  store: Store,
  tally: StreamTally,
  position: Position,
  nowMs: number,
): Promise<Audited | undefined> {
  const { streamName, shardId, passed } = position;
  const found = await findShard(store, streamName, shardId);
  if (!found) return undefined;
  const shard = shardKey(streamName, shardId, found.shardCreateTime);
  const oldestMs = nowMs - found.retentionHours * 3_600_000;
  const { aged: heldAged, alive } = await countHeld(store, position, found, oldestMs);
  const held = plus(heldAged, alive);
  if (tally.total(shard) === undefined) tally.add(shard, held);
  const total = tally.total(shard) ?? NOTHING;
  // A consumer of an earlier version did not count: what is missing to it cannot be told.
  const before = passed(shard) ?? (position.after === undefined ? NOTHING : minus(total, held));
  const gone = atLeastNothing(minus(minus(total, before), held));
  // Somebody else's read may have deleted what was too old.
  const grewOld = timeOf(position.after, found.shardCreateTime) < oldestMs;
  const aged = grewOld ? plus(heldAged, gone) : heldAged;
  const missing = grewOld ? NOTHING : gone;
  const former = tally
    .shardsOf(streamName, shardId)
    .filter((key) => key !== shard)
    .map((key): Finding => {
      const all = tally.total(key) ?? NOTHING;
      const left = atLeastNothing(minus(all, passed(key) ?? NOTHING));
      return { shard: key, aged: NOTHING, missing: left, passed: all };
    });
  const present = { shard, aged, missing, passed: plus(before, plus(aged, missing)) };
  return { shard, findings: [...former, present], retentionHours: found.retentionHours };
}

/** What is in the store after the position. */
async function countHeld(
  store: Store,
  { streamName, after }: Position,
  { shardIx, shardCreateTime }: FoundShard,
  oldestMs: number,
): Promise<{ aged: Counts; alive: Counts }> {
  const hex = db.shardIxToHex(shardIx);
  const from = after !== undefined && isOf(after, shardCreateTime) ? { gt: `${hex}/${after}` } : { gte: hex };
  let [aged, alive] = [NOTHING, NOTHING];
  const records = store
    .getStreamDb(streamName)
    .createReadStream({ ...from, lt: db.shardIxToHex(shardIx + 1) });
  for await (const { value } of records) {
    const counts = { records: 1, lines: countLines(Buffer.from(value.Data, 'base64')) };
    // To the second, as its sequence number has it.
    if (Math.floor(value.ApproximateArrivalTimestamp) * 1000 < oldestMs) aged = plus(aged, counts);
    else alive = plus(alive, counts);
  }
  return { aged, alive };
}

function isOf(sequenceNumber: string, shardCreateTime: number): boolean {
  try {
    return db.parseSequence(sequenceNumber).shardCreateTime === shardCreateTime;
  } catch {
    return false;
  }
}

/** When the last record dealt with arrived; without one, when the shard began. */
function timeOf(after: string | undefined, shardCreateTime: number): number {
  if (after === undefined || !isOf(after, shardCreateTime)) return shardCreateTime;
  return db.parseSequence(after).seqTime;
}

const atLeastNothing = ({ records, lines }: Counts): Counts => ({
  records: Math.max(0, records),
  lines: Math.max(0, lines),
});
