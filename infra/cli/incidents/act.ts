/**
 * What a person does to an incident: a note on its item, which the detector keeps and acts on. The version goes up with
 * it, so that a detector that has read the item before reads it again and loses nothing.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { StateTable } from './list.ts';
import { type Deed, itemKeyOf, type OpenIncident, toOpenIncident } from './open-incident.ts';

/**
 * Says who looks after it: it goes on, and reminders end.
 * @returns the incident as it is now; undefined where it is over
 */
export const acknowledge = (table: StateTable, incident: OpenIncident, deed: Deed) =>
  note(table, incident, 'acknowledged', deed);

/**
 * Asks the detector to end it, which it does within about a minute.
 * @returns the incident as it is now; undefined where it is over
 */
export const requestClose = (table: StateTable, incident: OpenIncident, deed: Deed) =>
  note(table, incident, 'close_requested', deed);

async function note(
  { client, name: TableName }: StateTable,
  incident: OpenIncident,
  attribute: 'acknowledged' | 'close_requested',
  deed: Deed,
): Promise<OpenIncident | undefined> {
  const command = new UpdateItemCommand({
    TableName,
    Key: itemKeyOf(incident),
    UpdateExpression: `SET ${attribute} = :deed, version = version + :one`,
    ConditionExpression: 'incident_id = :id AND #state IN (:firing, :recovering)',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':deed': toAttribute(deed),
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

const toAttribute = ({ by, at, comment }: Deed): AttributeValue => ({
  M: { by: { S: by }, at: { S: at }, ...(comment !== undefined && { comment: { S: comment } }) },
});
