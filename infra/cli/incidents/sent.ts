/**
 * What the channels were sent about an incident: a Scan of the notifier's table, which keeps twenty days and has no index
 * (docs/decisions/0092). Reads may be a second old.
 */
import { SENT_ATTRIBUTES, type SentNote, sentNoteOf } from '../../../services/contract/sent.ts';
import { scanTable, type Table } from './scan.ts';

/** In the order in which they were tried. @param incidentId the whole id */
export async function sentAbout(table: Table, incidentId: string, signal?: AbortSignal): Promise<SentNote[]> {
  const looked = {
    FilterExpression: 'contains(incidents, :id)',
    ProjectionExpression: SENT_ATTRIBUTES.join(', '),
    ExpressionAttributeValues: { ':id': { S: incidentId } },
  };
  const notes = await scanTable(table, looked, sentNoteOf, signal);
  return notes.sort((a, b) => a.at.localeCompare(b.at));
}
