/**
 * The alert: what the detector publishes when an incident opens, worsens, goes on for long or ends. JSON on the topic, a row in the
 * lake's table `alerts`. Like the reading, every field stands once, with its schema, its lake type and its meaning.
 */
import * as z from 'zod/mini';
import { columnsOf, type LakeColumn } from './lake-columns.ts';
import { METRICS } from './reading.ts';
import { RULE_KINDS } from './rule-parts.ts';
import { OPERATORS, SEVERITIES } from './threshold.ts';
import { SENT_HOUR_PATTERN, TIME_PATTERN, TIMESTAMP_PATTERN } from './time.ts';

export { WHOLE_SITE } from './whole-site.ts';

export const ALERT_STATUSES = ['firing', 'escalated', 'reminder', 'resolved'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

const text = z.string();
const time = z.string().check(z.regex(TIMESTAMP_PATTERN));
const timeAsWritten = z.string().check(z.regex(TIME_PATTERN));
const sentHour = z.string().check(z.regex(SENT_HOUR_PATTERN));

const NOT_COMPARED = RULE_KINDS.filter((kind) => kind !== 'threshold');

const ALERT_FIELDS = {
  notification_id: {
    schema: text,
    lakeType: 'string',
    meaning: 'Same for the same transition, however often it is published: drop repeats by it',
  },
  incident_id: {
    schema: text,
    lakeType: 'string',
    meaning: 'Hash of site, device (or *), rule and the breach that opened the incident',
  },
  status: {
    schema: z.enum(ALERT_STATUSES),
    lakeType: 'string',
    meaning: 'firing, escalated, reminder (goes on, repeatEvery) or resolved',
  },
  severity: { schema: z.enum(SEVERITIES), lakeType: 'string', meaning: 'warning or critical' },
  rule: { schema: text, lakeType: 'string', meaning: 'Name of the rule' },
  // Alerts of earlier versions are all about thresholds.
  kind: {
    schema: z._default(z.enum(RULE_KINDS), 'threshold'),
    lakeType: 'string',
    meaning: 'What the rule looks for: threshold, stuck, noisy, silent or unusual',
  },
  device_id: {
    schema: text,
    lakeType: 'string',
    meaning: 'The device that the incident is about; * where it is the whole site',
  },
  site_id: { schema: text, lakeType: 'string', meaning: "The device's site" },
  metric: {
    schema: z.nullable(z.enum(METRICS)),
    lakeType: 'string',
    meaning: 'The quantity that the rule watches; null for a silence',
  },
  operator: {
    schema: z.enum([...OPERATORS, ...NOT_COMPARED]),
    lakeType: 'string',
    meaning: 'How value and threshold compare; the kind where nothing is compared',
  },
  threshold: {
    schema: text,
    lakeType: 'string',
    meaning: 'The threshold of this severity, as a person reads it, such as 85, 10..40 or 5m',
  },
  normal: {
    schema: z.optional(text),
    lakeType: 'string',
    meaning: 'What is normal for this device, as a person reads it, such as 40 s at most; else null',
  },
  band_min: {
    schema: z.optional(z.number()),
    lakeType: 'double',
    meaning: "Lower end of what is normal for this device, in the metric's unit; else null",
  },
  band_max: { schema: z.optional(z.number()), lakeType: 'double', meaning: 'Upper end of it' },
  value: {
    schema: z.number(),
    lakeType: 'double',
    meaning: "What caused the transition, in the metric's unit: a reading, noisy: a step. Silent: seconds",
  },
  peak: { schema: z.number(), lakeType: 'double', meaning: 'Worst value of the incident so far' },
  started_at: {
    schema: time,
    lakeType: 'string',
    meaning: 'Event time of the breach that opened the incident, ISO 8601 UTC',
  },
  at: { schema: time, lakeType: 'string', meaning: 'Event time of this transition, ISO 8601 UTC' },
  // Alerts of earlier versions have no such fields.
  made_from: {
    schema: z.optional(timeAsWritten),
    lakeType: 'string',
    meaning: 'Earliest event time of the readings that caused it, as the device wrote it',
  },
  made_to: { schema: z.optional(timeAsWritten), lakeType: 'string', meaning: 'Latest of these event times' },
  sent_from: {
    schema: z.optional(sentHour),
    lakeType: 'string',
    meaning: 'First hour (UTC) in which one of these readings was sent, YYYY-MM-DD HH: their first partition',
  },
  sent_to: { schema: z.optional(sentHour), lakeType: 'string', meaning: 'Last of these hours' },
  closed_by: {
    schema: z.optional(text),
    lakeType: 'string',
    meaning: 'Who ended the incident by hand; else null',
  },
  comment: { schema: z.optional(text), lakeType: 'string', meaning: 'Why, in their words' },
  silenced_by: {
    schema: z.optional(text),
    lakeType: 'string',
    meaning: 'Id of the silence because of which nobody was told of this; else null',
  },
  summary: { schema: text, lakeType: 'string', meaning: 'One line for a person' },
  timestamp_sent: {
    schema: sentHour,
    lakeType: 'string',
    meaning: 'The hour (UTC) in which the detector noticed, YYYY-MM-DD HH: the partition of the lake',
  },
} as const;

type Fields = typeof ALERT_FIELDS;
type AlertField = keyof Fields;

export const alertSchema = z.object(
  Object.fromEntries(Object.entries(ALERT_FIELDS).map(([name, { schema }]) => [name, schema])) as {
    [K in AlertField]: Fields[K]['schema'];
  },
);

export type Alert = z.infer<typeof alertSchema>;

/** Columns of the lake's table `alerts`, in wire order. Partitions: PARTITION_COLUMNS, from `timestamp_sent`. */
export const ALERT_COLUMNS: readonly LakeColumn[] = columnsOf(ALERT_FIELDS);
