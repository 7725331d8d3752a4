/** The list of incidents, from the published alerts and from the state table, which is ahead of them. */
import type { Alert } from '../../../../services/contract/alert.ts';
import { metricOf, type Rule } from '../../../../services/contract/rule.ts';
import type { IncidentCounts, ListedIncident } from '../page-state.ts';
import type { WatchedItem, WatchedTable } from './state-watch.ts';

/** Kind and metric; nothing where there is no such rule. */
export type Watched = Pick<ListedIncident, 'kind' | 'metric'>;

/** How many the page's state carries, for charts and programs; the rest is asked for in pages. */
const MAX_RESOLVED = 30;
const MAX_OPEN = 200;

/** What is known of a rule by its name. */
export const watchedBy =
  (rules: () => readonly Rule[]) =>
  (name: string): Watched => {
    const rule = rules().find((one) => one.name === name);
    return rule ? { kind: rule.kind, metric: metricOf(rule) ?? undefined } : {};
  };

const ORDER = { firing: 0, recovering: 1, pending: 2, resolved: 3 } as const;

/**
 * All of them, firing first, then recovering, pending and resolved, the newest of each first; and how many of each.
 * @param alerts oldest first; repeated ones are ignored
 * @param aboutRule what a rule of this name watches
 */
export function listIncidents(
  alerts: readonly Alert[],
  { items, isWhole }: Pick<WatchedTable, 'items' | 'isWhole'>,
  aboutRule: (rule: string) => Watched,
): { incidents: ListedIncident[]; counts: IncidentCounts } {
  const byId = new Map<string, ListedIncident>();
  const seen = new Set<string>();
  for (const alert of alerts) if (isFirst(seen, alert)) applyAlert(byId, alert);
  let unsent = 0;
  for (const alert of items.flatMap(({ outbox }) => outbox)) {
    if (!isFirst(seen, alert)) continue;
    unsent += 1;
    applyAlert(byId, alert);
  }
  const open = new Set<string>();
  for (const item of items) applyItem(byId, item, aboutRule(item.rule), open);
  if (isWhole) endAllBut(byId, open);
  return { incidents: inOrder([...byId.values()]), counts: { ...countStates(byId), unsent } };
}

function isFirst(seen: Set<string>, { notification_id }: Alert): boolean {
  if (seen.has(notification_id)) return false;
  seen.add(notification_id);
  return true;
}

function countStates(byId: Map<string, ListedIncident>) {
  const counts = { firing: 0, recovering: 0, pending: 0, resolved: 0 };
  for (const { state } of byId.values()) counts[state] += 1;
  return counts;
}

/** Times of one form, which compare as text. */
function inOrder(all: ListedIncident[]): ListedIncident[] {
  const later = (a: string, b: string) => (a < b ? 1 : a > b ? -1 : 0);
  return all.sort((a, b) => ORDER[a.state] - ORDER[b.state] || later(latest(a), latest(b)));
}

/** The first of a list in order: as many open and resolved ones as a chart marks. */
export function shortList(all: readonly ListedIncident[]): ListedIncident[] {
  const open = all.filter(({ state }) => state !== 'resolved').slice(0, MAX_OPEN);
  return [...open, ...all.filter(({ state }) => state === 'resolved').slice(0, MAX_RESOLVED)];
}

const latest = (incident: ListedIncident) => incident.resolved_at ?? incident.started_at;

/** An incident whose item somebody has deleted is over, though no alert says so. */
function endAllBut(byId: Map<string, ListedIncident>, open: ReadonlySet<string>): void {
  for (const incident of byId.values()) if (!open.has(incident.id)) incident.state = 'resolved';
}

function applyAlert(byId: Map<string, ListedIncident>, alert: Alert): void {
  const { incident_id: id, status, severity, at, value, peak, operator, threshold } = alert;
  const known = byId.get(id);
  const timeline = [...(known?.timeline ?? []), { status, severity, at, value, ...silencedBy(alert) }].sort(
    (a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0),
  );
  const over = status === 'resolved' || known?.state === 'resolved';
  byId.set(id, {
    id,
    state: over ? 'resolved' : 'firing',
    site_id: alert.site_id,
    device_id: alert.device_id,
    rule: alert.rule,
    kind: alert.kind,
    metric: alert.metric ?? undefined,
    severity,
    threshold: alert.kind === 'threshold' ? `${operator} ${threshold}` : threshold,
    normal: alert.normal ?? known?.normal,
    band: bandOf(alert) ?? known?.band,
    peak,
    started_at: alert.started_at,
    resolved_at: status === 'resolved' ? at : known?.resolved_at,
    timeline,
    summary: known?.summary ?? alert.summary,
    ...(alert.closed_by !== undefined && { closed_by: alert.closed_by, comment: alert.comment }),
  });
}

const silencedBy = ({ silenced_by }: Alert) => (silenced_by === undefined ? {} : { silenced_by });

/** What was normal for the device when the incident began. */
const bandOf = ({ band_min: min, band_max: max }: Alert) =>
  min === undefined || max === undefined ? undefined : { min, max };

/** @param open takes the incident's id, unless it is over */
function applyItem(
  byId: Map<string, ListedIncident>,
  item: WatchedItem,
  watched: Watched,
  open: Set<string>,
): void {
  const { site_id, device_id, rule, state, severity, peak, started_at = item.at } = item;
  const { acknowledged, close_requested } = item;
  if (state === 'normal') return;
  // A pending one has no id yet.
  const { incident_id: id = `${site_id}/${device_id}/${rule}` } = item;
  open.add(id);
  const known = byId.get(id);
  if (known?.state === 'resolved') return;
  // Of an incident without an alert here, only the item is known.
  const base = known ?? { id, site_id, device_id, rule, ...watched, started_at, timeline: [] };
  byId.set(id, {
    ...{ ...base, state, severity, peak },
    ...(acknowledged && { acknowledged }),
    ...(close_requested && { close_requested }),
  });
}
