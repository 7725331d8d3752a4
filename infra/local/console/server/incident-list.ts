/** The list of incidents, from the published alerts and from the detector's state, which is ahead of them. */
import type { Alert } from '../../../../services/contract/alert.ts';
import type { ListedIncident } from '../page-state.ts';
import type { WatchedItem } from './state-watch.ts';

/** Older ones are found with Athena. */
const MAX_RESOLVED = 30;
const MAX_OPEN = 200;

const ORDER = { firing: 0, recovering: 1, pending: 2, resolved: 3 } as const;

/**
 * Firing first, then recovering, pending and resolved; the newest of each first.
 * @param alerts oldest first; repeated ones are ignored
 * @param items of the state table, newer than the alerts
 * @param metricOf the metric that a rule watches
 */
export function listIncidents(
  alerts: readonly Alert[],
  items: readonly WatchedItem[],
  metricOf: (rule: string) => string | undefined,
): ListedIncident[] {
  const byId = new Map<string, ListedIncident>();
  const seen = new Set<string>();
  for (const alert of alerts) {
    if (seen.has(alert.notification_id)) continue;
    seen.add(alert.notification_id);
    applyAlert(byId, alert);
  }
  for (const item of items) applyItem(byId, item, metricOf(item.rule));
  const all = [...byId.values()].sort(
    (a, b) => ORDER[a.state] - ORDER[b.state] || latest(b).localeCompare(latest(a)),
  );
  const open = all.filter(({ state }) => state !== 'resolved').slice(0, MAX_OPEN);
  return [...open, ...all.filter(({ state }) => state === 'resolved').slice(0, MAX_RESOLVED)];
}

const latest = (incident: ListedIncident) => incident.resolved_at ?? incident.started_at;

function applyAlert(byId: Map<string, ListedIncident>, alert: Alert): void {
  const { incident_id: id, status, severity, at, value, peak, operator, threshold } = alert;
  const known = byId.get(id);
  const timeline = [...(known?.timeline ?? []), { status, severity, at, value }].sort((a, b) =>
    a.at.localeCompare(b.at),
  );
  const over = status === 'resolved' || known?.state === 'resolved';
  byId.set(id, {
    id,
    state: over ? 'resolved' : 'firing',
    site_id: alert.site_id,
    device_id: alert.device_id,
    rule: alert.rule,
    metric: alert.metric,
    severity,
    limit: `${operator} ${threshold}`,
    peak,
    started_at: alert.started_at,
    resolved_at: status === 'resolved' ? at : known?.resolved_at,
    timeline,
    summary: known?.summary ?? alert.summary,
  });
}

function applyItem(byId: Map<string, ListedIncident>, item: WatchedItem, metric: string | undefined): void {
  const { site_id, device_id, rule, incident_id } = item;
  if (incident_id === undefined) {
    const id = `${site_id}/${device_id}/${rule}`;
    const started_at = item.at;
    byId.set(id, { id, state: 'pending', site_id, device_id, rule, metric, started_at, timeline: [] });
    return;
  }
  const known = byId.get(incident_id);
  if (known?.state === 'resolved') return;
  // Of an incident without a published alert, only the item is known.
  const base = known ?? {
    ...{ id: incident_id, site_id, device_id, rule, metric, started_at: item.started_at ?? item.at },
    timeline: [],
  };
  byId.set(incident_id, { ...base, state: item.state, severity: item.severity, peak: item.peak });
}
