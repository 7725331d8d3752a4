import type { Counts } from '../log/counts.ts';

/** How much of a shard. */
export interface Passed extends Counts {
  /** See `shardKey`. */
  shard: string;
}
