/**
 * What silences do to alerts that are about to be told. Pure.
 *
 * | the incident | silenced | not silenced (any more) |
 * |---|---|---|
 * | opened or worsened | its alerts are *held*: they stay in the outbox, marked with the silence | told |
 * | held before, still open | held | told once, as it is now |
 * | over, and nobody was told that it opened | told to nobody | told to nobody |
 * | over, and its opening was told | told to nobody; by hand: told | told |
 *
 * What is not told, or not yet, is written to the history, with `silenced_by`.
 */
import type { Alert } from '../contract/alert.ts';
import type { Silence } from '../contract/silence-schema.ts';
import { activeAt, matches } from '../contract/silence-window.ts';
import { groupBy } from './group.ts';
import type { StoredIncident } from './stored-incident.ts';

export interface Sifted {
  /** The items, each with those alerts in its outbox that are to be told. */
  telling: StoredIncident[];
  /** Alerts that are news although they are old: a silence held them back. */
  released: ReadonlySet<Alert>;
  /** By the id of an alert that is told: the ids of all that it stands for. */
  covered: ReadonlyMap<string, readonly string[]>;
  /** By the id of an alert that is held from now on, or by another silence than before: the id of the silence. */
  held: ReadonlyMap<string, string>;
  /** Ids of alerts that nobody will be told. */
  dropped: ReadonlySet<string>;
  /** For the history. */
  rows: Alert[];
}

/** What becomes of the alerts of one incident in one outbox. */
type Fate =
  | { kind: 'told'; alerts: readonly Alert[] }
  | { kind: 'told late'; alert: Alert }
  | { kind: 'held' | 'dropped'; by: string };

/** @param published ids that are not to be told again */
export function siftSilenced(
  items: readonly StoredIncident[],
  silences: readonly Silence[],
  published: ReadonlySet<string>,
  nowMs: number,
): Sifted {
  const active = silences.filter((silence) => activeAt(silence, nowMs));
  const released = new Set<Alert>();
  const covered = new Map<string, readonly string[]>();
  const held = new Map<string, string>();
  const dropped = new Set<string>();
  const rows: Alert[] = [];

  function apply(alerts: readonly Alert[], item: StoredIncident): readonly Alert[] {
    const fate = fateOf(alerts, active, item);
    if (fate.kind === 'told') return fate.alerts;
    if (fate.kind === 'told late') {
      released.add(fate.alert);
      covered.set(fate.alert.notification_id, alerts.map(idOf));
      return [fate.alert];
    }
    const fresh = alerts.filter(({ silenced_by }) => silenced_by === undefined);
    rows.push(...fresh.map((alert) => ({ ...alert, silenced_by: fate.by })));
    for (const alert of alerts) {
      if (fate.kind === 'dropped' || alert.status === 'reminder') dropped.add(idOf(alert));
      else if (alert.silenced_by !== fate.by) held.set(idOf(alert), fate.by);
    }
    return [];
  }

  const telling = items.map((item) => {
    const unpublished = item.outbox.filter((alert) => !published.has(idOf(alert)));
    const byIncident = groupBy(unpublished, ({ incident_id }) => incident_id);
    return { ...item, outbox: byIncident.flatMap(([, alerts]) => apply(alerts, item)) };
  });
  return { telling, released, covered, held, dropped, rows };
}

const idOf = ({ notification_id }: Alert) => notification_id;

/** @param alerts of one incident, in their order */
function fateOf(alerts: readonly Alert[], active: readonly Silence[], item: StoredIncident): Fate {
  const last = alerts.at(-1) as Alert;
  const opening = alerts.find(({ status }) => status === 'firing');
  const isOver = last.status === 'resolved';
  // An end by hand is told, even of an incident that nobody was told of: the person who ended it wants that.
  const isHeard = last.closed_by !== undefined && opening === undefined;
  const silence = isHeard ? undefined : silenceOf(alerts, active);
  if (isOver && opening?.silenced_by !== undefined) {
    return { kind: 'dropped', by: silence?.id ?? opening.silenced_by };
  }
  if (silence) return { kind: isOver ? 'dropped' : 'held', by: silence.id };
  if (alerts.every(({ silenced_by }) => silenced_by === undefined)) return { kind: 'told', alerts };
  return { kind: 'told late', alert: asItIsNow(last, opening, item) };
}

/** The one that holds them already, if it still does. */
function silenceOf(alerts: readonly Alert[], active: readonly Silence[]): Silence | undefined {
  const last = alerts.at(-1) as Alert;
  const matching = active.filter((one) => matches(one, last));
  return matching.find(({ id }) => alerts.some(({ silenced_by }) => silenced_by === id)) ?? matching[0];
}

/** One alert for all that were held: it opens the incident, if that was not told before. */
function asItIsNow(last: Alert, opening: Alert | undefined, { incident }: StoredIncident): Alert {
  const { silenced_by, ...told } = last;
  const isSame =
    incident !== undefined && 'incidentId' in incident && incident.incidentId === last.incident_id;
  const now = isSame ? { ...told, peak: incident.peak } : told;
  if (opening === undefined) return now;
  return { ...now, status: 'firing', notification_id: opening.notification_id };
}
