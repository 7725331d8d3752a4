/**
 * What is open now: a Scan of the state table, in parallel segments. The table holds what has been wrong within a day,
 * and rosters, so it is small; docs/decisions/0065 says why there is no index. Reads may be a second old.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { OPEN_STATES } from '../../../services/contract/by-hand.ts';
import { type ChannelFilter, wants } from '../../../services/contract/channel.ts';
import { SEVERITIES } from '../../../services/contract/threshold.ts';
import { type OpenIncident, READ_ATTRIBUTES, toOpenIncident } from './open-incident.ts';
import { scanTable, type Table } from './scan.ts';

/** Where the incidents are: the table of the stack's output `StateTableName`. */
export type StateTable = Table;

/** Which ones. Without it, all. */
export interface IncidentFilter extends ChannelFilter {
  /** Only those that began then or later, ms since the epoch. */
  sinceMs?: number;
}

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
export async function incidentsLike(table: StateTable, idPrefix: string): Promise<OpenIncident[]> {
  const condition = { words: 'begins_with(incident_id, :id)', values: { ':id': { S: idPrefix } } };
  return (await scanOpen(table, condition)).sort(worstFirst);
}

interface Condition {
  words?: string;
  values?: Record<string, AttributeValue>;
}

function scanOpen(table: StateTable, { words, values }: Condition, signal?: AbortSignal) {
  const states = Object.fromEntries(OPEN_STATES.map((state) => [`:${state}`, { S: state }]));
  const isOpen = `#state IN (${Object.keys(states).join(', ')})`;
  const looked = {
    FilterExpression: [isOpen, ...(words ? [words] : [])].join(' AND '),
    // `state` is a word of DynamoDB's own.
    ProjectionExpression: READ_ATTRIBUTES.map((name) => (name === 'state' ? '#state' : name)).join(', '),
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ...states, ...values },
  };
  return scanTable(table, looked, toOpenIncident, signal);
}

export const isWanted = (incident: OpenIncident, { sinceMs, ...filter }: IncidentFilter) =>
  wants(filter, incident) && (sinceMs === undefined || Date.parse(incident.started_at) >= sinceMs);

const worstFirst = (a: OpenIncident, b: OpenIncident) =>
  SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
  a.started_at.localeCompare(b.started_at) ||
  a.incident_id.localeCompare(b.incident_id);
