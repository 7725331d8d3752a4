/** What was sent: the producer's own log of what became of every record (`npm run simulate -- --send-log FILE`). */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const line = z.object({
  status: z.enum(['acked', 'failed']),
  sequence_number: z.string().optional(),
  shard_id: z.string().optional(),
  readings: z.record(z.string(), z.array(z.int())),
  malformed: z.int(),
});

/** A reading's name in the ledger. */
export const keyOf = (deviceId: string, seq: number | bigint | string) => `${deviceId}#${seq}`;

export interface Sent {
  /** How often each reading was acknowledged. */
  acked: Map<string, number>;
  /** Readings in records that were given up: they may or may not have arrived. */
  uncertain: Set<string>;
  /** Acknowledged lines that are not readings. */
  malformed: number;
  /** Highest acknowledged sequence number of each shard. */
  lastOfShard: Map<string, bigint>;
}

export function readSendLog(file: string): Sent {
  const sent: Sent = { acked: new Map(), uncertain: new Set(), malformed: 0, lastOfShard: new Map() };
  if (!existsSync(file)) return sent;
  for (const text of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const entry = line.parse(JSON.parse(text));
    const keys = Object.entries(entry.readings).flatMap(([device, seqs]) =>
      seqs.map((seq) => keyOf(device, seq)),
    );
    if (entry.status === 'failed') {
      for (const key of keys) sent.uncertain.add(key);
      continue;
    }
    for (const key of keys) sent.acked.set(key, (sent.acked.get(key) ?? 0) + 1);
    sent.malformed += entry.malformed;
    const { shard_id: shard = '', sequence_number: number = '0' } = entry;
    const last = sent.lastOfShard.get(shard) ?? 0n;
    if (BigInt(number) > last) sent.lastOfShard.set(shard, BigInt(number));
  }
  return sent;
}
