/** Alerts of several outboxes in the order in which they are told. Pure. */
import type { Alert } from '../contract/alert.ts';
import type { StoredIncident } from './stored-incident.ts';

/** By time, but never against the order of an outbox: a clock that went back would end incidents before they begin. */
export function inOrder(items: readonly StoredIncident[]): Alert[] {
  const placed = items.flatMap(({ outbox }) => {
    let latest = '';
    return outbox.map((alert) => {
      if (alert.at > latest) latest = alert.at;
      return { alert, latest };
    });
  });
  return placed.toSorted((a, b) => compareText(a.latest, b.latest)).map(({ alert }) => alert);
}

/** After its clock was set back, a device's time says nothing about age. */
export const hasTurned = ({ incident }: StoredIncident): boolean =>
  incident !== undefined && incident.mark.turns > 0;

export const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
