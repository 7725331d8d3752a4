/** Kinesis Data Streams: kinesalite with the template's streams in it. */
import { join } from 'node:path';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import kinesalite from 'kinesalite';
import { z } from 'zod';
import type { EventBus } from '../base/events.ts';
import { clientOptions } from '../stack/client-options.ts';
import { arnOf, named } from '../stack/identities.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { wrapServer } from '../wire/wrapped-server.ts';

const STREAM = 'AWS::Kinesis::Stream';
/** An on-demand stream starts with four shards (AWS documentation). */
const ON_DEMAND_SHARDS = 4;

const streamProperties = z.object({
  ShardCount: z.coerce.number().int().min(1).optional(),
  StreamModeDetails: z.object({ StreamMode: z.enum(['PROVISIONED', 'ON_DEMAND']) }).optional(),
});

/** Gives a client for the services that read a stream. */
export const kinesis: Service<{ client: KinesisClient }> = {
  name: 'kinesis',
  types: {
    [STREAM]: {
      identity: named('Name', (name) => arnOf('kinesis', `stream/${name}`)),
      obeys: ['Name', ...pathsOf(streamProperties)],
    },
  },
  refusals: {
    throttle: ['ProvisionedThroughputExceededException', 400, 'Rate exceeded for shard.'],
    unavailable: ['ServiceUnavailable', 503, 'The service is temporarily unavailable.'],
    'internal-error': ['InternalFailure', 500, 'The request processing has failed: internal failure.'],
    'expired-iterator': [
      'ExpiredIteratorException',
      400,
      'Iterator expired. The iterator is more than 300000 milliseconds old.',
    ],
  },
  async open({ resources, stateDir, endpoint, bus, clock, serve, onClose }) {
    const path = join(stateDir, 'kinesis');
    const store = wrapServer(
      kinesalite({ path, createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0, shardLimit: 1000 }),
      clock,
    );
    onClose(() => store.close());
    serve(store);
    const client = new KinesisClient(clientOptions(endpoint));
    onClose(() => client.destroy());
    for (const stream of resources(STREAM)) await createStream(stream, client, bus);
    return { client };
  },
};

async function createStream({ ref, properties }: StackResource, client: KinesisClient, bus: EventBus) {
  const { ShardCount, StreamModeDetails } = streamProperties.parse(properties);
  const onDemand = StreamModeDetails?.StreamMode === 'ON_DEMAND';
  const wanted = ShardCount ?? (onDemand ? ON_DEMAND_SHARDS : 1);
  const present = await openShards(client, ref);
  if (present === undefined) {
    await client.send(new CreateStreamCommand({ StreamName: ref, ShardCount: wanted }));
    while ((await openShards(client, ref)) === undefined);
  } else if (present !== wanted && !onDemand) {
    const text = `The stream keeps its ${present} shards; the template now says ${wanted}. A new state folder starts with those.`;
    bus.publish({ type: 'notice', level: 'warning', text });
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
