/** The lanes of one shard, and the checkpoint that they have reached together. */
import { createHash } from 'node:crypto';
import type { EventRecord } from './event.ts';
import { type Lane, type LaneOptions, startLane } from './lane.ts';
import { trackProgress } from './progress.ts';

export interface ShardLanesOptions extends Omit<LaneOptions, 'onTaken' | 'onProcessed' | 'onAbandoned'> {
  parallelizationFactor: number;
  /** Keeps records that are given up. They count as dealt with when this resolves to true. */
  abandon(...batch: Parameters<LaneOptions['onAbandoned']>): Promise<boolean>;
  /** Called with the last record up to which everything is dealt with. Must not reject. */
  onCheckpoint(sequenceNumber: string): Promise<void>;
}

export interface ShardLanes {
  /** Resolves when there is room for more records. */
  accept(records: readonly EventRecord[]): Promise<void>;
  /** Resolves when everything accepted so far is processed or given up, and the checkpoint is saved. */
  settled(): Promise<void>;
  wake(): void;
  readonly finished: Promise<unknown>;
}

/** No more records are read while this many bytes wait: two full events. */
const MAX_WAITING_BYTES = 12 * 1024 * 1024;

export function startShardLanes(options: ShardLanesOptions): ShardLanes {
  const progress = trackProgress(options.onCheckpoint);
  const maxWaiting = 2 * options.batchSize * options.parallelizationFactor;
  let waiting = 0;
  let waitingBytes = 0;
  let roomMade = () => {};

  const laneOptions: LaneOptions = {
    ...options,
    onTaken(records) {
      waiting -= records.length;
      waitingBytes -= sumBytes(records);
      roomMade();
    },
    onProcessed: progress.finish,
    async onAbandoned(records, ...reason) {
      if (await options.abandon(records, ...reason)) await progress.finish(records);
    },
  };
  const lanes = Array.from({ length: options.parallelizationFactor }, () => startLane(laneOptions));
  const wake = () => {
    for (const lane of lanes) lane.wake();
    roomMade();
  };

  return {
    wake,
    settled: () => progress.settled(),
    finished: Promise.all(lanes.map((lane) => lane.finished)),
    async accept(records) {
      progress.add(records);
      waiting += records.length;
      waitingBytes += sumBytes(records);
      for (const [lane, share] of byLane(lanes, records)) lane.push(share);
      while ((waiting >= maxWaiting || waitingBytes >= MAX_WAITING_BYTES) && !options.stopped.aborted) {
        await new Promise<void>((resolve) => {
          roomMade = resolve;
        });
      }
    },
  };
}

const sumBytes = (records: readonly EventRecord[]) => records.reduce((sum, { bytes }) => sum + bytes, 0);

/** The records of each lane, in order. The lane of a partition key is always the same. */
function byLane(lanes: Lane[], records: readonly EventRecord[]): Map<Lane, readonly EventRecord[]> {
  const [only] = lanes;
  if (only && lanes.length === 1) return new Map([[only, records]]);
  const shares = new Map<Lane, EventRecord[]>();
  for (const record of records) {
    const hash = createHash('md5').update(record.partitionKey).digest().readUInt32BE(0);
    const lane = lanes[hash % lanes.length] as Lane;
    const share = shares.get(lane);
    if (share) share.push(record);
    else shares.set(lane, [record]);
  }
  return shares;
}
