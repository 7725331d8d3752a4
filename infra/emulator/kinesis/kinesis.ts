/** Kinesis Data Streams, with the template's streams in it. */
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import { measureOf } from '../base/measure.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { watchRoom } from '../state/room.ts';
import type { PutFigures } from './api/operation.ts';
import { createKinesisApi, type KinesisApi } from './api.ts';
import { auditShard } from './reader/audit.ts';
import type { Auditor } from './reader/losses.ts';
import { LIMITS } from './stream/limits.ts';
import { Streams } from './stream/streams.ts';

export const streamProperties = z.object({
  ShardCount: z.coerce.number().int().min(1).optional(),
  StreamModeDetails: z.object({ StreamMode: z.enum(['PROVISIONED', 'ON_DEMAND']) }).optional(),
  RetentionPeriodHours: z.coerce
    .number()
    .int()
    .min(LIMITS.retentionHours.least)
    .max(LIMITS.retentionHours.most)
    .default(LIMITS.retentionHours.least),
});

export interface KinesisOptions {
  folder: string;
  clock: Clock;
  bus: EventBus;
  /** Whether shards throttle, as on AWS. */
  isLimited: boolean;
}

export interface OpenedKinesis extends Auditor {
  api: KinesisApi;
  streams: Streams;
  close(): Promise<void>;
}

/** @throws SetupError for a folder that is damaged, or of an earlier version */
export async function openKinesis({ folder, clock, bus, isLimited }: KinesisOptions): Promise<OpenedKinesis> {
  const { warn } = bus;
  const streams = await Streams.open({ folder, clock, isLimited, warn });
  const whyFull = watchRoom({ folder, share: 1, refused: 'the stream takes no more records', warn });
  const onPut = ({ stream, accepted, bytes, throttled }: PutFigures) => {
    const measure = measureOf(bus, 'AWS/Kinesis', { StreamName: stream });
    measure('IncomingRecords', accepted);
    measure('IncomingBytes', bytes, 'Bytes');
    measure('WriteProvisionedThroughputExceeded', throttled);
  };
  const api = createKinesisApi({ streams, whyFull, onPut });
  return {
    ...{ api, streams, folder },
    audit: (position) => auditShard(streams, position),
    async close() {
      api.close();
      await streams.close();
    },
  };
}

/** Creates the template's streams that are not there yet, and gives the others their retention. */
export async function createStreams(
  resources: StackResource[],
  streams: Streams,
  bus: EventBus,
): Promise<void> {
  for (const { ref: name, properties } of resources) {
    const { ShardCount, StreamModeDetails, RetentionPeriodHours } = streamProperties.parse(properties);
    const mode = StreamModeDetails?.StreamMode ?? 'PROVISIONED';
    const wanted = mode === 'ON_DEMAND' ? LIMITS.onDemandShards.first : (ShardCount ?? 1);
    const stream =
      streams.get(name) ??
      (await streams.create({ name, mode, shards: wanted, tags: {}, recordKiB: LIMITS.recordKiB.least }));
    stream.state.mode = mode;
    stream.state.retentionHours = RetentionPeriodHours;
    await streams.save();
    const open = stream.openShards.length;
    if (open !== wanted && mode === 'PROVISIONED') {
      const text = `The stream keeps its ${open} ${open === 1 ? 'shard' : 'shards'}; the template now says ${wanted}. A new state folder starts with those, and UpdateShardCount changes these.`;
      bus.warn(text);
    }
  }
}
