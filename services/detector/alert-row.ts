/** A transition as the row that subscribers and the lake get. */
import type { Alert } from '../contract/alert.ts';
import { formatSentHour } from '../contract/reading.ts';
import { summaryOf } from './alert-words.ts';
import type { CompiledRule, Transition } from './compiled-rule.ts';
import { notificationId } from './incident.ts';

/**
 * @param about whom; device `*` is the whole site
 * @param nowMs when the detector noticed, ms since the epoch
 */
export function toAlert(
  transition: Transition,
  about: { site_id: string; device_id: string },
  compiled: CompiledRule,
  nowMs: number,
): Alert {
  const { rule } = compiled;
  const { incidentId, status, severity } = transition;
  const alert: Alert = {
    notification_id: notificationId(incidentId, status, severity, transition.count),
    incident_id: incidentId,
    status,
    severity,
    rule: rule.name,
    kind: rule.kind,
    device_id: about.device_id,
    site_id: about.site_id,
    metric: compiled.metric,
    ...compiled.comparison(transition.severity, transition.basis),
    ...(transition.note && { normal: transition.note }),
    value: transition.value,
    peak: transition.peak,
    started_at: transition.startedAt,
    at: transition.at,
    made_from: transition.span.madeFrom,
    made_to: transition.span.madeTo,
    sent_from: transition.span.sentFrom,
    sent_to: transition.span.sentTo,
    summary: '',
    timestamp_sent: formatSentHour(nowMs),
  };
  return { ...alert, summary: summaryOf(alert, rule.annotations?.summary) };
}
