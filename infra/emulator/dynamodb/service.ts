import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOptions } from '../stack/client-options.ts';
import { arnOf, named } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { createTables, openDynamoDb, tableProperties } from './dynamodb.ts';

const TABLE = 'AWS::DynamoDB::Table';

export const dynamodb: Service<void> = {
  name: 'dynamodb',
  types: {
    [TABLE]: {
      identity: named('TableName', (name) => arnOf('dynamodb', `table/${name}`)),
      obeys: ['TableName', ...pathsOf(tableProperties)],
    },
  },
  refusals: {
    // What a table that is billed on demand says.
    throttle: ['ThrottlingException', 400, 'Throughput exceeds the current capacity of your table or index.'],
    unavailable: ['ServiceUnavailable', 503, 'The service is currently unavailable or busy.'],
    'internal-error': ['InternalServerError', 500, 'Internal server error'],
  },
  async open({ resources, stateDir, endpoint, clock, serve, onClose }) {
    const store = openDynamoDb(join(stateDir, 'dynamodb'), clock);
    onClose(() => store.close());
    serve(store);
    const client = new DynamoDBClient(clientOptions(endpoint));
    onClose(() => client.destroy());
    await createTables(resources(TABLE), client);
  },
};
