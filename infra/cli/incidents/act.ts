/**
 * What a person does to an incident: a note on its item, which the detector keeps and acts on. The version goes up with
 * it, so that a detector that has read the item before reads it again and loses nothing.
 */
import { ConditionalCheckFailedException, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { WHOLE_SITE } from '../../../services/contract/alert.ts';
import { BY_HAND, type ByHand, byHandAttribute, closingItem } from '../../../services/contract/by-hand.ts';
import type { StateTable } from './list.ts';
import { itemKeyOf, type OpenIncident, toOpenIncident } from './open-incident.ts';

/**
 * Says who looks after it: it goes on, and reminders end.
 * @returns the incident as it is now; undefined where it is over
 */
export const acknowledge = (table: StateTable, incident: OpenIncident, deed: ByHand) =>
  note(table, incident, BY_HAND.acknowledged, deed);

/**
 * Asks the detector to end it, which it does within about a minute.
 * @returns the incident as it is now; undefined where it is over
 */
export async function requestClose(
  table: StateTable,
  incident: OpenIncident,
  deed: ByHand,
): Promise<OpenIncident | undefined> {
  const closing = await note(table, incident, BY_HAND.closeRequested, deed);
  // Last: the watchdog strikes off a site where it finds nothing to do.
  if (closing && incident.device_id !== WHOLE_SITE) {
    const Item = closingItem(incident.site_id, Date.parse(deed.at));
    await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
  }
  return closing;
}

async function note(
  { client, name: TableName }: StateTable,
  incident: OpenIncident,
  attribute: (typeof BY_HAND)[keyof typeof BY_HAND],
  deed: ByHand,
): Promise<OpenIncident | undefined> {
  const command = new UpdateItemCommand({
    TableName,
    Key: itemKeyOf(incident),
    UpdateExpression: `SET ${attribute} = :deed, version = version + :one`,
    ConditionExpression: 'incident_id = :id AND #state IN (:firing, :recovering)',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':deed': byHandAttribute(deed),
      ':one': { N: '1' },
      ':id': { S: incident.incident_id },
      ':firing': { S: 'firing' },
      ':recovering': { S: 'recovering' },
    },
    ReturnValues: 'ALL_NEW',
  });
  try {
    const { Attributes } = await client.send(command);
    return toOpenIncident(Attributes);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
