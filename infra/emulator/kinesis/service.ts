import { join } from 'node:path';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Actor } from '../iam/service.ts';
import { clientOptions } from '../stack/client-options.ts';
import { arnOf, named } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { OWN_READER } from './api.ts';
import { createStreams, openKinesis, streamProperties } from './kinesis.ts';
import { readInProcess } from './reader/in-process.ts';
import type { Auditor } from './reader/losses.ts';
import { consumerIdentity, consumerProperties, registerConsumers } from './template-consumers.ts';

const STREAM = 'AWS::Kinesis::Stream';
const CONSUMER = 'AWS::Kinesis::StreamConsumer';

export interface Kinesis {
  /** For a service that reads a stream with a role. */
  clientOf(reader: Pick<Actor, 'accessKey'>): KinesisClient;
  /** Finds what a stream has lost. */
  auditor: Auditor;
}

export const kinesis: Service<Kinesis> = {
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
  async open({ resources, stateDir, endpoint, bus, clock, shardLimits, pass, serve, onClose }) {
    const folder = join(stateDir, 'kinesis');
    const store = await openKinesis({ folder, clock, bus, isLimited: shardLimits });
    onClose(() => store.close());
    await createStreams(resources(STREAM), store.streams, bus);
    await registerConsumers(resources(CONSUMER), store.streams);
    serve(store.api);
    const clientOf = ({ accessKey }: Pick<Actor, 'accessKey'>) => {
      const client = new KinesisClient({
        ...clientOptions(endpoint, accessKey),
        customUserAgent: OWN_READER,
        // Readers poll many times a second, all with the same middleware.
        cacheMiddleware: true,
      });
      readInProcess(client, pass);
      onClose(() => client.destroy());
      return client;
    };
    return { clientOf, auditor: store };
  },
};
