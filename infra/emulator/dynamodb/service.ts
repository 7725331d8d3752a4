/** DynamoDB: dynalite with the template's tables in it. */
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Clock, systemClock } from '../base/clock.ts';
import { counted, lossNotice } from '../base/loss.ts';
import { clientOptions } from '../stack/client-options.ts';
import { arnOf, named } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { orSay } from '../state/damaged-store.ts';
import { ROOM_TO_FINISH, watchRoom } from '../state/room.ts';
import { jsonNeeds } from '../wire/protocols.ts';
import { ACCESS, statementsOf } from './access.ts';
import { type DynamoDbApi, dynamoDbApi } from './api.ts';
import { openDynalite } from './dynalite.ts';
import { addIteratorReturn } from './dynalite-iterators.ts';
import { createTables, tableProperties } from './tables.ts';

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
    // In the words for a table that is billed on demand.
    throttle: ['ThrottlingException', 400, 'Throughput exceeds the current capacity of your table or index.'],
    unavailable: ['ServiceUnavailable', 503, 'The service is currently unavailable or busy.'],
    'internal-error': ['InternalServerError', 500, 'Internal server error'],
  },
  async open({ resources, stateDir, endpoint, bus, clock, serve, onClose }) {
    const store = openDynamoDb(join(stateDir, 'dynamodb'), clock, bus.warn);
    const lost = await store.opened;
    if (lost > 0) {
      const what = `${counted(lost, 'write')} to DynamoDB`;
      const advice = 'Incidents that go on may be opened and mailed once more; readings are not concerned.';
      bus.publish(lossNotice(what, `${join(stateDir, 'dynamodb')} was damaged`, advice));
    }
    onClose(() => store.close());
    serve({ ...store, needs: jsonNeeds(ACCESS), partsOf: statementsOf });
    const client = new DynamoDBClient(clientOptions(endpoint));
    onClose(() => client.destroy());
    await createTables(resources(TABLE), client);
  },
};

export interface OpenedStore extends DynamoDbApi {
  /** The number of writes that are lost. Rejects with a SetupError for a store that is damaged. */
  opened: Promise<number>;
}

export function openDynamoDb(
  path: string,
  clock: Clock = systemClock,
  warn: (text: string) => void = () => undefined,
): OpenedStore {
  addIteratorReturn();
  const { opened, ...store } = openDynalite(path);
  const refused = 'incidents cannot be written and the detector waits';
  const whyFull = watchRoom({ folder: path, share: ROOM_TO_FINISH, refused, warn });
  return {
    ...dynamoDbApi(store, whyFull, clock),
    opened: orSay(opened, path, {
      lost: 'which incidents are open is lost, and nothing else',
      remedy: 'Move it away and start again; incidents that go on are then opened and mailed once more.',
    }),
  };
}
