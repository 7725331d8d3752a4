import { join } from 'node:path';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Actor } from '../iam/service.ts';
import { clientOptions } from '../stack/client-options.ts';
import { arnOf, named } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { kinesisNeeds } from './api.ts';
import { createStreams, openKinesis, streamProperties } from './kinesis.ts';
import type { Auditor } from './losses.ts';

const STREAM = 'AWS::Kinesis::Stream';

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
    const store = await openKinesis(join(stateDir, 'kinesis'), clock, bus);
    onClose(() => store.close());
    serve({ ...store, needs: kinesisNeeds });
    const open = (accessKey?: string) => {
      const client = new KinesisClient(clientOptions(endpoint, accessKey));
      onClose(() => client.destroy());
      return client;
    };
    await createStreams(resources(STREAM), open(), bus);
    return { clientOf: ({ accessKey }) => open(accessKey), auditor: store };
  },
};
