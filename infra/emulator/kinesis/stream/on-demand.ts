/** The shards of an on-demand stream: twice what the highest rate of the last check needs, as AWS describes it. */
import { LIMITS, PER_SECOND } from './limits.ts';

export interface Rate {
  bytesPerSecond: number;
  recordsPerSecond: number;
}

/** How long rates are measured before shards are split. AWS takes up to 15 minutes. */
export const CHECK_MS = 60_000;
const HEADROOM = 2;

/** @returns the number of shards that the stream should have; never fewer than now, and at most twice as many */
export function shardsFor({ bytesPerSecond, recordsPerSecond }: Rate, open: number): number {
  const busy = Math.max(bytesPerSecond / PER_SECOND.bytesIn, recordsPerSecond / PER_SECOND.recordsIn);
  const wanted = Math.ceil(busy * HEADROOM);
  return Math.max(open, Math.min(wanted, 2 * open, LIMITS.onDemandShards.most));
}
