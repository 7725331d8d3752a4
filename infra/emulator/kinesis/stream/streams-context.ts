/** What a stream needs of the store that it is in. */
import type { Clock } from '../../base/clock.ts';
import type { ShardLog } from '../log/shard-log.ts';
import type { StreamTally } from '../log/tally.ts';
import type { ShardState, StreamState } from './state.ts';

export interface StreamsContext {
  clock: Clock;
  tally: StreamTally;
  /** Whether shards throttle. */
  isLimited: boolean;
  openLog(stream: StreamState, shard: ShardState): Promise<ShardLog>;
  removeShard(stream: StreamState, shard: ShardState): Promise<void>;
  /** The time at which a shard may begin, in s: later than `after`. */
  nextSecs(after: number): number;
  /** Resolves when the state of all streams is on the disk. */
  save(): Promise<void>;
}
