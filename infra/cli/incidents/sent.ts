/**
 * What the channels were sent about an incident: a Scan of the notifier's table, which keeps twenty days and has no index
 * (docs/decisions/0092). Reads may be a second old.
 */
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { SENT_ATTRIBUTES, type SentNote, sentNoteOf } from '../../../services/contract/sent.ts';
import type { StateTable } from './list.ts';

/** Pages of 1 MB are read one after the other within a segment. */
const SEGMENTS = 4;

/** In the order in which they were tried. @param incidentId the whole id */
export async function sentAbout(
  table: StateTable,
  incidentId: string,
  signal?: AbortSignal,
): Promise<SentNote[]> {
  const segments = Array.from({ length: SEGMENTS }, (_, i) => scanSegment(table, i, incidentId, signal));
  return (await Promise.all(segments)).flat().sort((a, b) => a.at.localeCompare(b.at));
}

async function scanSegment(
  { client, name: TableName }: StateTable,
  Segment: number,
  incidentId: string,
  abortSignal?: AbortSignal,
): Promise<SentNote[]> {
  const found: SentNote[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const command = new ScanCommand({
      ...{ TableName, Segment, TotalSegments: SEGMENTS, ExclusiveStartKey },
      FilterExpression: 'contains(incidents, :id)',
      ProjectionExpression: SENT_ATTRIBUTES.join(', '),
      ExpressionAttributeValues: { ':id': { S: incidentId } },
    });
    const { Items = [], LastEvaluatedKey } = await client.send(command, { abortSignal });
    for (const item of Items) {
      const note = sentNoteOf(item);
      if (note) found.push(note);
    }
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
}
