/** A transition as the row that subscribers and the lake get. */
import type { Alert } from '../contract/alert.ts';
import { formatSentHour, METRIC_FIELDS, type Reading } from '../contract/reading.ts';
import type { CompiledRule } from './compile.ts';
import type { Transition } from './detect.ts';
import { notificationId } from './incident.ts';

/** @param nowMs when the detector noticed, ms since the epoch */
export function toAlert(
  transition: Transition,
  reading: Reading,
  compiled: CompiledRule,
  nowMs: number,
): Alert {
  const { rule } = compiled;
  const threshold = compiled.thresholdOf(transition.severity);
  const { unit } = METRIC_FIELDS[rule.metric];
  const what = rule.annotations?.summary ?? `${rule.metric} ${rule.operator} ${threshold} ${unit}`;
  const value = `${rule.metric} ${formatValue(transition.value)} ${unit}`;
  const where = `${reading.device_id} (${reading.site_id})`;
  return {
    notification_id: notificationId(transition.incidentId, transition.status, transition.severity),
    incident_id: transition.incidentId,
    status: transition.status,
    severity: transition.severity,
    rule: rule.name,
    device_id: reading.device_id,
    site_id: reading.site_id,
    metric: rule.metric,
    operator: rule.operator,
    threshold,
    value: transition.value,
    peak: transition.peak,
    started_at: transition.startedAt,
    at: transition.at,
    made_from: transition.span.madeFrom,
    made_to: transition.span.madeTo,
    sent_from: transition.span.sentFrom,
    sent_to: transition.span.sentTo,
    summary:
      transition.status === 'resolved'
        ? `Over: ${what} on ${where}, ${value}, peak ${formatValue(transition.peak)} ${unit}`
        : `${what} on ${where}: ${value}, limit ${rule.operator} ${threshold} ${unit}`,
    timestamp_sent: formatSentHour(nowMs),
  };
}

/** At most two decimals: more is noise to a reader. */
export const formatValue = (value: number): string => String(Math.round(value * 100) / 100);
