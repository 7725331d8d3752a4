/** What is kept of the streams besides their records, in one small file. */
import { z } from 'zod';

const hashKey = z.string().regex(/^\d+$/);
const shardState = z.object({
  ix: z.number(),
  /** Part of its sequence numbers: rises from parents to children, and from a stream to the next one of its name. */
  createdSecs: z.number(),
  startedMs: z.number(),
  start: hashKey,
  end: hashKey,
  /** One after a split, two after a merge. */
  parents: z.array(z.number()),
  closedMs: z.number().optional(),
});
export type ShardState = z.infer<typeof shardState>;

const tags = z.record(z.string(), z.string());
const consumerState = z.object({ name: z.string(), createdMs: z.number(), tags });
export type ConsumerState = z.infer<typeof consumerState>;

const MODES = ['PROVISIONED', 'ON_DEMAND'] as const;
const streamState = z.object({
  name: z.string(),
  /** Name of its folder. A stream's own name could be `..`, or differ from another one only in case. */
  id: z.string(),
  createdMs: z.number(),
  mode: z.enum(MODES),
  retentionHours: z.number(),
  tags,
  keyId: z.string().optional(),
  metrics: z.array(z.string()),
  recordKiB: z.number(),
  consumers: z.array(consumerState),
  shards: z.array(shardState),
  /** When its shards were counted anew, and its mode changed, in the last day. */
  scaledMs: z.array(z.number()),
  modeChangedMs: z.array(z.number()),
});
export type StreamState = z.infer<typeof streamState>;

export const streamsState = z.object({
  /** Streams created so far. */
  created: z.number(),
  /** Highest `createdSecs` of streams that were deleted lately, by name: the next one of a name is younger. */
  deleted: z.record(z.string(), z.number()),
  streams: z.array(streamState),
});
export type StreamsState = z.infer<typeof streamsState>;
