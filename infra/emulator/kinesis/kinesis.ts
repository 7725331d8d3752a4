/** Kinesis Data Streams: kinesalite with the template's streams in it. */
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import { measureOf } from '../base/measure.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { orSay } from '../state/damaged-store.ts';
import { watchRoom } from '../state/room.ts';
import { type WrappedServer, wrapServer } from '../wire/wrapped-server.ts';
import { kinesisApi } from './api.ts';
import { auditShard } from './audit.ts';
import { openKinesalite } from './kinesalite.ts';
import type { Auditor } from './losses.ts';
import { countWritten, StreamTally } from './tally.ts';

export const streamProperties = z.object({
  ShardCount: z.coerce.number().int().min(1).optional(),
  StreamModeDetails: z.object({ StreamMode: z.enum(['PROVISIONED', 'ON_DEMAND']) }).optional(),
});

/** An on-demand stream starts with four shards (AWS documentation). */
const ON_DEMAND_SHARDS = 4;

export interface OpenedKinesis extends WrappedServer, Auditor {}

/** @throws SetupError for a store that is damaged */
export async function openKinesis(folder: string, clock: Clock, bus: EventBus): Promise<OpenedKinesis> {
  const times = { createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0 };
  const options = { path: folder, ...times, shardLimit: 1000 };
  const tally = new StreamTally(`${folder}-acknowledged.ndjson`);
  const { server, store, opened } = openKinesalite(options, (stream, records) => {
    countWritten(tally, stream, records);
    const measure = measureOf(bus, 'AWS/Kinesis', { StreamName: stream });
    measure('IncomingRecords', records.length);
    const base64 = records.reduce((sum, { value }) => sum + value.Data.length, 0);
    measure('IncomingBytes', Math.floor((base64 * 3) / 4), 'Bytes');
    measure('WriteProvisionedThroughputExceeded', 0);
  });
  await orSay(opened, folder, {
    lost: 'what the stream held and was not evaluated and delivered yet is lost',
    remedy: 'Move it away and start again; the start then says how much that was.',
  });
  const whyFull = watchRoom({
    ...{ folder, share: 1, refused: 'the stream takes no more records' },
    warn: (text) => bus.publish({ type: 'notice', level: 'warning', text }),
  });
  const wrapped = wrapServer(server, clock);
  return {
    ...wrapped,
    handle: kinesisApi(store, wrapped.handle, whyFull),
    folder,
    audit: (position) => auditShard(store, tally, position, clock.now()),
  };
}

/** Creates the template's streams that the store does not have yet. */
export async function createStreams(
  streams: StackResource[],
  client: KinesisClient,
  bus: EventBus,
): Promise<void> {
  for (const stream of streams) {
    const { ShardCount, StreamModeDetails } = streamProperties.parse(stream.properties);
    const onDemand = StreamModeDetails?.StreamMode === 'ON_DEMAND';
    const wanted = ShardCount ?? (onDemand ? ON_DEMAND_SHARDS : 1);
    const present = await openShards(client, stream.ref);
    if (present === undefined) {
      await client.send(new CreateStreamCommand({ StreamName: stream.ref, ShardCount: wanted }));
      while ((await openShards(client, stream.ref)) === undefined);
    } else if (present !== wanted && !onDemand) {
      const text = `The stream keeps its ${present} shards; the template now says ${wanted}. A new state folder starts with those.`;
      bus.publish({ type: 'notice', level: 'warning', text });
    }
  }
}

/** The number of open shards of an active stream; undefined while there is no such stream. */
async function openShards(client: KinesisClient, name: string): Promise<number | undefined> {
  try {
    const { StreamDescriptionSummary: summary } = await client.send(
      new DescribeStreamSummaryCommand({ StreamName: name }),
    );
    return summary?.StreamStatus === 'ACTIVE' ? summary.OpenShardCount : undefined;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
