/** How far the detector says it has got: its checkpoint on every shard. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { filesBelow } from './lake.ts';

const checkpoints = z.object({
  shards: z.record(z.string(), z.union([z.literal('SHARD_END'), z.object({ sequenceNumber: z.string() })])),
});

/** Shard → last sequence number dealt with; `all` when the shard has ended. */
export function readCheckpoints(folder: string): Map<string, bigint | 'all'> {
  const [file] = filesBelow(folder).filter((name) => name.endsWith('.json'));
  if (file === undefined) return new Map();
  const { shards } = checkpoints.parse(JSON.parse(readFileSync(file, 'utf8')));
  return new Map(
    Object.entries(shards).map(([shard, at]) => [
      shard,
      at === 'SHARD_END' ? 'all' : BigInt(at.sequenceNumber),
    ]),
  );
}
