/** Which incidents are open, as the published alerts tell it. */
import type { Alert } from '../../services/contract/alert.ts';

/** The latest alert of each incident that has not been resolved, newest incident first. */
export function openIncidents(alerts: Alert[]): Alert[] {
  // An alert may be published twice, the opening one even after the closing one: over is over.
  const over = new Set(
    alerts.filter(({ status }) => status === 'resolved').map(({ incident_id }) => incident_id),
  );
  const open = new Map<string, Alert>();
  for (const alert of alerts) if (!over.has(alert.incident_id)) open.set(alert.incident_id, alert);
  return [...open.values()].sort((a, b) => b.started_at.localeCompare(a.started_at));
}
