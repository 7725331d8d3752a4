/** An incident that is open now, as the detector's state table has it. */
import { z } from 'zod';
import { WHOLE_SITE } from '../../../services/contract/alert.ts';
import { BY_HAND, type ByHand, OPEN_STATES } from '../../../services/contract/by-hand.ts';
import { jsonIn } from '../../../services/contract/json.ts';
import { SITES_PARTITION } from '../../../services/contract/presence.ts';
import { SEVERITIES, type Severity } from '../../../services/contract/threshold.ts';
import { sentHourOf } from '../../../services/contract/time.ts';

export interface OpenIncident {
  incident_id: string;
  site_id: string;
  /** `*` where it is about the whole site. */
  device_id: string;
  rule: string;
  /** Recovering: the latest readings were well, not yet for long enough. */
  state: (typeof OPEN_STATES)[number];
  severity: Severity;
  /** Event time of the breach that opened it. */
  started_at: string;
  /** Worst value so far, in the unit of the rule's metric. */
  peak: number;
  /** Event time of the latest reading that mattered. */
  at: string;
  /** The first hour in which its readings were sent, `YYYY-MM-DD HH`: no alert about it is in an earlier partition. */
  sent_from: string;
  /** Alerts that are decided and not yet told. */
  untold: number;
  acknowledged?: ByHand;
  /** The detector ends it within about a minute. */
  close_requested?: ByHand;
}

/** Attributes of an item that {@link toOpenIncident} reads. */
export const READ_ATTRIBUTES = [
  ...['site_id', 'device_rule', 'state', 'incident_id', 'severity', 'started_at', 'peak', 'high_water_mark'],
  ...['span', 'outbox', ...Object.values(BY_HAND)],
];

export const textAttribute = z.object({ S: z.string() }).transform(({ S }) => S);
/** As text where DynamoDB has no such number. */
export const numberAttribute = z
  .union([z.object({ N: z.coerce.number() }), z.object({ S: z.coerce.number() })])
  .transform((attribute) => ('N' in attribute ? attribute.N : attribute.S));
/** Of the attribute that a person's note is kept in. */
export const byHandSchema = z
  .object({ M: z.object({ by: textAttribute, at: textAttribute, comment: textAttribute.optional() }) })
  .transform(({ M: { by, at, comment } }): ByHand => ({ by, at, ...(comment !== undefined && { comment }) }));

const itemSchema = z.object({
  site_id: textAttribute,
  device_rule: textAttribute.refine((key) => key.includes('#')),
  state: textAttribute.pipe(z.enum(OPEN_STATES)),
  incident_id: textAttribute,
  severity: textAttribute.pipe(z.enum(SEVERITIES)),
  started_at: textAttribute,
  peak: numberAttribute,
  high_water_mark: textAttribute,
  // Items of earlier versions have none.
  span: z.object({ M: z.object({ sent_from: textAttribute }) }).optional(),
  outbox: textAttribute.transform(lengthOf).optional(),
  acknowledged: byHandSchema.optional(),
  close_requested: byHandSchema.optional(),
});

/** Of a list in JSON; what is not one is empty. */
function lengthOf(json: string): number {
  const list = jsonIn(json);
  return Array.isArray(list) ? list.length : 0;
}

/** Undefined for any other item, and for one that cannot be read. */
export function toOpenIncident(attributes: unknown): OpenIncident | undefined {
  const item = itemSchema.safeParse(attributes).data;
  if (item === undefined) return undefined;
  return {
    ...subjectOf(item),
    incident_id: item.incident_id,
    state: item.state,
    severity: item.severity,
    started_at: item.started_at,
    peak: item.peak,
    at: item.high_water_mark,
    sent_from: item.span?.M.sent_from ?? sentHourOf(item.started_at),
    untold: item.outbox ?? 0,
    ...(item.acknowledged && { acknowledged: item.acknowledged }),
    ...(item.close_requested && { close_requested: item.close_requested }),
  };
}

/** Whom an item is about, by its key; an incident of a whole site is in a partition of its own. */
export function subjectOf({ site_id, device_rule }: { site_id: string; device_rule: string }) {
  const [owner = '', rule = ''] = device_rule.split('#');
  return site_id === SITES_PARTITION
    ? { site_id: owner, device_id: WHOLE_SITE, rule }
    : { site_id, device_id: owner, rule };
}

/** Where its item is. */
export function itemKeyOf({ site_id, device_id, rule }: OpenIncident) {
  const [partition, owner] = device_id === WHOLE_SITE ? [SITES_PARTITION, site_id] : [site_id, device_id];
  return { site_id: { S: partition }, device_rule: { S: `${owner}#${rule}` } };
}
