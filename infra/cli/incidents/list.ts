/**
 * What is open now: a Scan of the state table, in parallel segments. The table holds what has been wrong within a day,
 * and rosters, so it is small; docs/decisions/0065 says why there is no index. Reads may be a second old.
 */
import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { OPEN_STATES } from '../../../services/contract/by-hand.ts';
import { type ChannelFilter, wants } from '../../../services/contract/channel.ts';
import { SEVERITIES } from '../../../services/contract/threshold.ts';
import { type OpenIncident, READ_ATTRIBUTES, toOpenIncident } from './open-incident.ts';

/** Where the incidents are: the table of the stack's output `StateTableName`. */
export interface StateTable {
  client: DynamoDBClient;
  name: string;
}

/** Which ones. Without it, all. */
export interface IncidentFilter extends ChannelFilter {
  /** Only those that began then or later, ms since the epoch. */
  sinceMs?: number;
}

/** Pages of 1 MB are read one after the other within a segment. */
const SEGMENTS = 4;

/** The worst first, and of those the oldest. */
export async function listIncidents(
  table: StateTable,
  filter: IncidentFilter = {},
  signal?: AbortSignal,
): Promise<OpenIncident[]> {
  const open = await scanOpen(table, {}, signal);
  return open.filter((incident) => isWanted(incident, filter)).sort(worstFirst);
}

/**
 * Every open incident whose id begins like this: none, one, or more than one.
 * @throws what DynamoDB throws
 */
export async function incidentsLike(
  table: StateTable,
  idPrefix: string,
  signal?: AbortSignal,
): Promise<OpenIncident[]> {
  const condition = {
    words: 'begins_with(incident_id, :id)',
    values: { ':id': { S: idPrefix } },
  };
  return (await scanOpen(table, condition, signal)).sort(worstFirst);
}

interface Condition {
  words?: string;
  values?: Record<string, AttributeValue>;
}

async function scanOpen(table: StateTable, condition: Condition, signal?: AbortSignal) {
  const segments = Array.from({ length: SEGMENTS }, (_, i) => scanSegment(table, i, condition, signal));
  return (await Promise.all(segments)).flat();
}

async function scanSegment(
  { client, name: TableName }: StateTable,
  Segment: number,
  { words, values }: Condition,
  abortSignal?: AbortSignal,
): Promise<OpenIncident[]> {
  const found: OpenIncident[] = [];
  const states = Object.fromEntries(OPEN_STATES.map((state) => [`:${state}`, { S: state }]));
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const command = new ScanCommand({
      ...{ TableName, Segment, TotalSegments: SEGMENTS, ExclusiveStartKey },
      FilterExpression: [`#state IN (${Object.keys(states).join(', ')})`, ...(words ? [words] : [])].join(
        ' AND ',
      ),
      // `state` is a word of DynamoDB's own.
      ProjectionExpression: READ_ATTRIBUTES.map((name) => (name === 'state' ? '#state' : name)).join(', '),
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ...states, ...values },
    });
    const { Items = [], LastEvaluatedKey } = await client.send(command, { abortSignal });
    for (const item of Items) {
      const incident = toOpenIncident(item);
      if (incident) found.push(incident);
    }
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
}

const isWanted = (incident: OpenIncident, { sinceMs, ...filter }: IncidentFilter) =>
  wants(filter, incident) && (sinceMs === undefined || Date.parse(incident.started_at) >= sinceMs);

const worstFirst = (a: OpenIncident, b: OpenIncident) =>
  SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
  a.started_at.localeCompare(b.started_at) ||
  a.incident_id.localeCompare(b.incident_id);
