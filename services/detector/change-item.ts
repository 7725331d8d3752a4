/** Changes an item over whatever others write to it meanwhile. */
import { type IncidentStore, KEEP_MS } from './incident-store.ts';
import { overConflicts } from './over-conflicts.ts';
import { newItem, type StoredIncident } from './stored-incident.ts';

/**
 * @param alter makes the new item from the current one, which may be newer than `item`; undefined where it is to stay
 * @returns the item as it is then, and whether it was changed here
 */
export const changeItem = (
  item: StoredIncident,
  alter: (current: StoredIncident) => StoredIncident | undefined,
  store: Pick<IncidentStore, 'read' | 'save'>,
  { keepMs = KEEP_MS, signal }: { keepMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<{ stored: StoredIncident; changed: boolean }> =>
  overConflicts(async (isAgain) => {
    const read = isAgain ? await store.read(item, signal) : item;
    const current = read ?? newItem(item.siteId, item.deviceId, item.rule);
    const next = alter(current);
    if (next === undefined) return { stored: current, changed: false };
    return { stored: await store.save(next, keepMs, signal), changed: true };
  });
