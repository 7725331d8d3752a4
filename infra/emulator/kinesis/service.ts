import { join } from 'node:path';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { clientOptions } from '../stack/client-options.ts';
import { arnOf, named } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { OWN_READER } from './api.ts';
import { createStreams, openKinesis, streamProperties } from './kinesis.ts';
import type { Auditor } from './reader/losses.ts';
import { consumerIdentity, consumerProperties, registerConsumers } from './template-consumers.ts';

const STREAM = 'AWS::Kinesis::Stream';
const CONSUMER = 'AWS::Kinesis::StreamConsumer';

/** Gives a client for the services that read a stream, and an auditor that finds what the stream has lost. */
export const kinesis: Service<{ client: KinesisClient; auditor: Auditor }> = {
  name: 'kinesis',
  types: {
    [STREAM]: {
      identity: named('Name', (name) => arnOf('kinesis', `stream/${name}`)),
      obeys: ['Name', ...pathsOf(streamProperties)],
    },
    [CONSUMER]: { identity: consumerIdentity, obeys: pathsOf(consumerProperties) },
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
  async open({ resources, stateDir, endpoint, bus, clock, shardLimits, serve, onClose }) {
    const folder = join(stateDir, 'kinesis');
    const store = await openKinesis({ folder, clock, bus, isLimited: shardLimits });
    onClose(() => store.close());
    await createStreams(resources(STREAM), store.streams, bus);
    await registerConsumers(resources(CONSUMER), store.streams);
    serve(store.api);
    const client = new KinesisClient({ ...clientOptions(endpoint), customUserAgent: OWN_READER });
    onClose(() => client.destroy());
    return { client, auditor: store };
  },
};
