/** An alert: what the detector publishes when an incident opens, worsens or ends. JSON on the topic, a row in the lake. */
import { z } from 'zod';
import { METRICS } from './reading.ts';
import { SEVERITIES } from './rule.ts';

export const ALERT_STATUSES = ['firing', 'escalated', 'resolved'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

export const alertSchema = z.object({
  /** Same for the same transition, however often it is published: the key to drop repeats by. */
  notification_id: z.string(),
  /** Hash of device, rule and the breach that opened the incident. */
  incident_id: z.string(),
  status: z.enum(ALERT_STATUSES),
  severity: z.enum(SEVERITIES),
  rule: z.string(),
  device_id: z.string(),
  site_id: z.string(),
  metric: z.enum(METRICS),
  operator: z.string(),
  /** The limit that was crossed, as a person reads it, such as `85` or `10..40`. */
  threshold: z.string(),
  /** Value of the reading that caused the transition, in the metric's unit. */
  value: z.number(),
  /** Worst value of the incident so far. */
  peak: z.number(),
  /** Event time of the breach that opened the incident, ISO 8601. */
  started_at: z.string(),
  /** Event time of this transition, ISO 8601. */
  at: z.string(),
  summary: z.string(),
});

export type Alert = z.infer<typeof alertSchema>;
