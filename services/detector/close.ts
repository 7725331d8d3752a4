/** An incident that somebody ends by hand. Pure. */
import type { Alert } from '../contract/alert.ts';
import { MAX_BY, MAX_COMMENT } from '../contract/by-hand.ts';
import { oneLine } from '../contract/text.ts';
import { OPERATORS } from '../contract/threshold.ts';
import { formatSentHour, formatTimestamp } from '../contract/time.ts';
import { toAlert } from './alert-row.ts';
import { summaryOf } from './alert-words.ts';
import type { CompiledRule, Transition } from './compiled-rule.ts';
import { type Firing, isOpen, notificationId, type Recovering } from './incident.ts';
import { MAX_OUTBOX, type StoredIncident, withIncident } from './stored-incident.ts';

export interface Closed {
  stored: StoredIncident;
  transition: Transition;
}

/**
 * The item with its incident ended, and the alert that says so in its outbox: also where the rule tells no end by itself.
 * Undefined where nobody has asked for it, or there is no room until the outbox is emptied.
 * @param rule undefined where there is no such rule any more
 */
export function closeIncident(
  before: StoredIncident,
  rule: CompiledRule | undefined,
  nowMs: number,
): Closed | undefined {
  const { incident, closeRequested, outbox } = before;
  if (closeRequested === undefined || !isOpen(incident) || outbox.length >= MAX_OUTBOX) return undefined;
  const transition = endOf(incident, nowMs);
  const about = { site_id: before.siteId, device_id: before.deviceId };
  const alert = rule ? toAlert(transition, about, rule, nowMs) : ofRemovedRule(transition, before, nowMs);
  const { by, comment } = closeRequested;
  const why = comment === undefined ? {} : { comment: oneLine(comment, MAX_COMMENT) };
  const told: Alert = { ...alert, closed_by: oneLine(by, MAX_BY), ...why };
  const ended = withIncident(before, { state: 'normal', mark: { ...incident.mark, closed: nowMs / 1000 } });
  const what = rule ? rule.rule.annotations?.summary : `${before.rule} (rule removed)`;
  const summary = summaryOf(told, what);
  return { stored: { ...ended, outbox: [...outbox, { ...told, summary }] }, transition };
}

/** There is no reading that ended it: its value is the worst one. */
function endOf(incident: Firing | Recovering, nowMs: number): Transition {
  const { incidentId, severity, startedAt, peak, span, basis, mark } = incident;
  // A clock may be ahead of ours.
  const at = formatTimestamp(Math.max(nowMs, Date.parse(mark.at)));
  return { status: 'resolved', incidentId, severity, startedAt, peak, value: peak, at, span, basis };
}

/** What its rule looked at is not known any more. */
function ofRemovedRule(transition: Transition, before: StoredIncident, nowMs: number): Alert {
  const { incidentId, severity, status, value, peak, at, startedAt, span } = transition;
  return {
    notification_id: notificationId(incidentId, status, severity),
    ...{ incident_id: incidentId, status, severity, rule: before.rule, kind: 'threshold' },
    ...{ device_id: before.deviceId, site_id: before.siteId, metric: null },
    ...{ operator: OPERATORS[0], threshold: 'rule removed', value, peak, started_at: startedAt, at },
    ...{ made_from: span.madeFrom, made_to: span.madeTo, sent_from: span.sentFrom, sent_to: span.sentTo },
    ...{ summary: '', timestamp_sent: formatSentHour(nowMs) },
  };
}
