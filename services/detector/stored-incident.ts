/** A state item: the incident, its outbox, and how far the stream has been folded into it. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { type Alert, alertSchema } from '../contract/alert.ts';
import { SEVERITIES } from '../contract/rule.ts';
import type { Incident } from './incident.ts';

/** Where in the stream a record stands. A consumer's retry repeats it exactly; a producer's does not. */
export interface Position {
  shard: string;
  sequence: string;
  /** Arrival in the stream, seconds since the epoch. */
  arrived: number;
}

export interface StoredIncident {
  siteId: string;
  deviceId: string;
  rule: string;
  /** 0 as long as there is no item. */
  version: number;
  incident: Incident | undefined;
  /** Alerts that are decided and not known to be published. */
  outbox: readonly Alert[];
  /** The latest record that this item has seen. */
  folded: Position | undefined;
}

export const deviceRule = (deviceId: string, rule: string): string => `${deviceId}#${rule}`;

/** `expiresAt` in seconds since the epoch, where the item may go. */
export function toItem(
  stored: StoredIncident,
  expiresAt: number | undefined,
): Record<string, AttributeValue> {
  const { incident, folded, outbox } = stored;
  if (incident === undefined) throw new RangeError('Expected an incident to store, got none');
  const item: Record<string, AttributeValue> = {
    site_id: { S: stored.siteId },
    device_rule: { S: deviceRule(stored.deviceId, stored.rule) },
    version: { N: String(stored.version) },
    state: { S: incident.state },
    high_water_mark: { S: incident.highWater },
  };
  if (folded) {
    item.folded_shard = { S: folded.shard };
    item.folded_sequence = { S: folded.sequence };
    item.folded_arrival = { N: String(folded.arrived) };
  }
  if (outbox.length > 0) item.outbox = { S: JSON.stringify(outbox) };
  if (expiresAt !== undefined) item.expires_at = { N: String(expiresAt) };
  if (incident.state === 'pending') {
    const { window, held } = incident;
    item.pending = { S: JSON.stringify({ window, held }) };
  } else if (incident.state !== 'normal') {
    item.incident_id = { S: incident.incidentId };
    item.severity = { S: incident.severity };
    item.started_at = { S: incident.startedAt };
    item.peak = { N: String(incident.peak) };
    if (incident.state === 'recovering') {
      item.well_since = { S: incident.wellSince };
      item.well_count = { N: String(incident.wellCount) };
    }
  }
  return item;
}

const severity = z.enum(SEVERITIES);
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'Expected JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

const common = {
  site_id: z.string(),
  device_rule: z.string().regex(/^[^#]+#[^#]+$/),
  version: z.coerce.number(),
  high_water_mark: z.string(),
  folded_shard: z.string().optional(),
  folded_sequence: z.string().optional(),
  folded_arrival: z.coerce.number().optional(),
  outbox: json(z.array(alertSchema)).optional(),
};
const open = { incident_id: z.string(), severity, started_at: z.string(), peak: z.coerce.number() };
const pending = z.object({
  window: z.array(z.object({ at: z.string(), value: z.number() })),
  held: z.object({ since: z.string(), startedAt: z.string(), peak: z.number(), severity }).optional(),
});
const itemSchema = z.discriminatedUnion('state', [
  z.object({ ...common, state: z.literal('normal') }),
  z.object({ ...common, state: z.literal('pending'), pending: json(pending) }),
  z.object({ ...common, ...open, state: z.literal('firing') }),
  z.object({
    ...common,
    ...open,
    state: z.literal('recovering'),
    well_since: z.string(),
    well_count: z.coerce.number(),
  }),
]);
type Item = z.infer<typeof itemSchema>;

/** @throws Error naming the item, when somebody else wrote it */
export function fromItem(attributes: Record<string, AttributeValue>): StoredIncident {
  const plain = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, value.S ?? value.N]),
  );
  const result = itemSchema.safeParse(plain);
  if (!result.success) {
    const [issue] = result.error.issues;
    const what = `State item ${plain.site_id} ${plain.device_rule}: ${issue?.path.join('.')}: ${issue?.message}`;
    throw new Error(`${what}. Delete the item to let its rule start afresh.`);
  }
  const item = result.data;
  const [deviceId = '', rule = ''] = item.device_rule.split('#');
  return {
    siteId: item.site_id,
    deviceId,
    rule,
    version: item.version,
    incident: incidentOf(item),
    outbox: item.outbox ?? [],
    folded:
      item.folded_shard !== undefined &&
      item.folded_sequence !== undefined &&
      item.folded_arrival !== undefined
        ? { shard: item.folded_shard, sequence: item.folded_sequence, arrived: item.folded_arrival }
        : undefined,
  };
}

function incidentOf(item: Item): Incident {
  const highWater = item.high_water_mark;
  if (item.state === 'normal') return { state: item.state, highWater };
  if (item.state === 'pending') {
    const { window, held } = item.pending;
    return held ? { state: item.state, highWater, window, held } : { state: item.state, highWater, window };
  }
  const { incident_id: incidentId, severity, started_at: startedAt, peak } = item;
  const known = { highWater, incidentId, severity, startedAt, peak };
  if (item.state === 'firing') return { state: item.state, ...known };
  return { state: item.state, ...known, wellSince: item.well_since, wellCount: item.well_count };
}
