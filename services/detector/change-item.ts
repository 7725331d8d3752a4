/** Changes an item over whatever others write to it meanwhile. */
import { type IncidentStore, KEEP_MS, VersionConflict } from './incident-store.ts';
import { newItem, type StoredIncident } from './stored-incident.ts';

/** A conflict needs another writer each time: more in a row is no race but a fault. */
export const MAX_CONFLICTS = 5;

/**
 * @param alter makes the new item from the current one, which may be newer than `item`; undefined where it is to stay
 * @returns the item as it is then, and whether it was changed here
 */
export async function changeItem(
  item: StoredIncident,
  alter: (current: StoredIncident) => StoredIncident | undefined,
  store: Pick<IncidentStore, 'read' | 'save'>,
  { keepMs = KEEP_MS, signal }: { keepMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<{ stored: StoredIncident; changed: boolean }> {
  let current = item;
  for (let conflicts = 0; ; conflicts += 1) {
    const next = alter(current);
    if (next === undefined) return { stored: current, changed: false };
    try {
      return { stored: await store.save(next, keepMs, signal), changed: true };
    } catch (error) {
      if (!(error instanceof VersionConflict) || conflicts === MAX_CONFLICTS) throw error;
      current = (await store.read(item, signal)) ?? newItem(item.siteId, item.deviceId, item.rule);
    }
  }
}
