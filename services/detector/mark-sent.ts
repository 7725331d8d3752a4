/** Step 4 for one item: takes out what was told, and marks what is held. */
import type { Alert } from '../contract/alert.ts';
import { changeItem } from './change-item.ts';
import type { IncidentStore } from './incident-store.ts';
import type { StoredIncident } from './stored-incident.ts';

/** What happened to alerts, by their ids. */
export interface Marks {
  /** They leave the outbox. */
  settled: ReadonlySet<string>;
  /** They stay, with the id of the silence that holds them. */
  held: ReadonlyMap<string, string>;
}

/** @returns the item as it is then */
export async function markSent(
  item: StoredIncident,
  marks: Marks,
  { store, now, signal }: { store: IncidentStore; now: () => number; signal: AbortSignal | undefined },
): Promise<StoredIncident> {
  const { stored } = await changeItem(item, (current) => marked(current, marks, now), store, { signal });
  return stored;
}

/** Undefined where nothing is to be marked. */
function marked(
  current: StoredIncident,
  { settled, held }: Marks,
  now: () => number,
): StoredIncident | undefined {
  const left = current.outbox.filter((alert) => !settled.has(alert.notification_id));
  const outbox = left.map((alert) => holding(alert, held));
  const isTold = left.length < current.outbox.length;
  if (!isTold && outbox.every((alert, i) => alert.silenced_by === left[i]?.silenced_by)) return undefined;
  const watchdogMs = left.length > 0 ? current.watchdogMs : undefined;
  return { ...current, outbox, watchdogMs, toldMs: isTold ? now() : current.toldMs };
}

function holding(alert: Alert, held: Marks['held']): Alert {
  const silenced_by = held.get(alert.notification_id) ?? alert.silenced_by;
  return silenced_by === undefined ? alert : { ...alert, silenced_by };
}
