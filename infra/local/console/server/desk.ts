/** What whoever is on call does from the page, by the same operations as the commands: notes on items of the state table. */
import { type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { ByHand } from '../../../../services/contract/by-hand.ts';
import {
  fromSilenceItem,
  SILENCES_PARTITION,
  type Silence,
  toSilenceItem,
} from '../../../../services/contract/silence-window.ts';
import { acknowledge, requestClose } from '../../../cli/incidents/act.ts';
import { incidentsLike, type StateTable } from '../../../cli/incidents/list.ts';

export interface Desk {
  /** Who looks after an incident. False where it is not open. */
  acknowledge(id: string, deed: ByHand): Promise<boolean>;
  /** Asks for its end. False where it is not open. */
  close(id: string, deed: ByHand): Promise<boolean>;
  /** All that are kept, the newest first. */
  silences(): Promise<Silence[]>;
  putSilence(silence: Silence): Promise<void>;
}

/** @param table of the stack; asked for at the first call, when the address of the stack is known */
export function createDesk(table: () => StateTable): Desk {
  async function change(make: typeof acknowledge, id: string, deed: ByHand): Promise<boolean> {
    const [incident] = (await incidentsLike(table(), id)).filter(({ incident_id }) => incident_id === id);
    return incident !== undefined && (await make(table(), incident, deed)) !== undefined;
  }

  return {
    acknowledge: (id, deed) => change(acknowledge, id, deed),
    close: (id, deed) => change(requestClose, id, deed),
    async silences() {
      const { client, name } = table();
      const all = await allSilences(client, name);
      return all.sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
    },
    async putSilence(silence) {
      const { client, name: TableName } = table();
      await client.send(new PutItemCommand({ TableName, Item: toSilenceItem(silence) }));
    },
  };
}

async function allSilences(client: DynamoDBClient, TableName: string): Promise<Silence[]> {
  const found: Silence[] = [];
  let ExclusiveStartKey: QueryCommand['input']['ExclusiveStartKey'];
  do {
    const page = await client.send(
      new QueryCommand({
        ...{ TableName, ExclusiveStartKey },
        KeyConditionExpression: 'site_id = :silences',
        ExpressionAttributeValues: { ':silences': { S: SILENCES_PARTITION } },
      }),
    );
    for (const item of page.Items ?? []) {
      const silence = fromSilenceItem(item);
      if (silence) found.push(silence);
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return found;
}
