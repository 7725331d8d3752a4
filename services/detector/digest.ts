/** Which alerts are told together: one by one, or as one digest per rule and status when there are many. */
import type { Alert, AlertStatus } from '../contract/alert.ts';
import { SEVERITIES } from '../contract/threshold.ts';
import type { CompiledRule } from './compile.ts';
import { groupBy } from './group.ts';
import { compareText } from './in-order.ts';

/** More alerts than this in one invocation become digests. */
const MAX_SINGLES = 5;

/** As things happen to an incident. */
const IN_ORDER: readonly AlertStatus[] = ['firing', 'escalated', 'reminder', 'resolved'];
const rank = ({ status }: Alert) => IN_ORDER.indexOf(status);

/** What alerts of one digest have in common. */
export const digestKey = ({ status, rule }: Alert): string => `${status} ${rule}`;

/**
 * Groups in the order in which they are to be told, each with its worst alert first.
 * @param waiting keys of digests that come first, because they have waited for their turn. What would then be told
 * before an earlier alert of the same incident is left out, for a later call
 */
export function groupAlerts(
  alerts: readonly Alert[],
  rules: ReadonlyMap<string, CompiledRule>,
  waiting: ReadonlySet<string> = new Set(),
): Alert[][] {
  if (alerts.length <= MAX_SINGLES) return alerts.map((alert) => [alert]);
  const inOrder = alerts.toSorted((a, b) => rank(a) - rank(b));
  const waited = inOrder.filter((alert) => waiting.has(digestKey(alert)));
  const others = inOrder.filter((alert) => !waiting.has(digestKey(alert)));
  return groupBy(inItsOrder(waited, others), digestKey).map(([, group]) =>
    worstFirst(group, rules.get(group[0]?.rule ?? '')),
  );
}

/** `first` before `then`, without what must not be told yet. */
function inItsOrder(first: readonly Alert[], then: readonly Alert[]): Alert[] {
  const lowest = new Map<string, number>();
  for (const alert of then) {
    if (!lowest.has(alert.incident_id)) lowest.set(alert.incident_id, rank(alert));
  }
  const isEarly = (alert: Alert) => rank(alert) > (lowest.get(alert.incident_id) ?? rank(alert));
  const early = new Set(first.filter(isEarly).map((alert) => alert.incident_id));
  return [...first, ...then].filter((alert) => !early.has(alert.incident_id) || !isEarly(alert));
}

/** By severity, then by how far the incident's peak is past the threshold. */
function worstFirst(alerts: readonly Alert[], rule: CompiledRule | undefined): Alert[] {
  const severity = (alert: Alert) => SEVERITIES.indexOf(alert.severity);
  const byDistance = (a: number, b: number) => (rule?.isWorse(a, b) ? -1 : rule?.isWorse(b, a) ? 1 : 0);
  return alerts.toSorted(
    (a, b) =>
      severity(b) - severity(a) ||
      byDistance(a.peak, b.peak) ||
      byDistance(a.value, b.value) ||
      compareText(a.started_at, b.started_at),
  );
}
